"""The pixels of the slices of a stack, rescaled as each header says."""

import warnings

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array
from cirrhosis.imaging import dicom_values as value
from cirrhosis.imaging.dicom_header import Header, mapped
from cirrhosis.imaging.dicom_stack import Stack

# Neighbouring slices of a body differ in their mean by less than this factor, as a logarithm.
LARGEST_STEP = float(np.log(3))


def read_datasets(stack: Stack) -> list[Dataset]:
    """Return the whole files of a stack in its order.

    Raises:
        ContractError: If one cannot be read.
    """
    return [_read(one.header) for one in stack.slices]


def pixels_of(datasets: list[Dataset], stack: Stack) -> Array:
    """Return the voxels of a stack as float32, shape (slices, rows, columns).

    Raises:
        ContractError: If pixels cannot be decoded, or are not as the headers say.
    """
    planes, slopes, brightness = [], [], []
    for dataset, one in zip(datasets, stack.slices, strict=True):
        stored = _decode(dataset, one.header)
        slope, intercept = _rescaling(dataset, one.header)
        planes.append((stored * slope + intercept).astype(np.float32))
        slopes.append(slope)
        brightness.append(float(np.abs(stored).mean()))
    _check_slopes(np.array(slopes), np.array(brightness), stack)
    return np.stack(planes)


def _read(header: Header) -> Dataset:
    with warnings.catch_warnings():
        # As in reading headers: what is used of a file is checked.
        warnings.simplefilter("ignore")
        try:
            with mapped(header.file) as content:
                dataset = dcmread(content, force=not header.transfer_syntax)
        except Exception as error:
            raise ContractError(
                f"{header.file}: is damaged ({type(error).__name__}: {error}); copy it again from"
                " its source"
            ) from error
    if not header.transfer_syntax:
        # Without the part that says how it is encoded, only plain encodings are possible.
        dataset.file_meta.TransferSyntaxUID = _plain_syntax(dataset)
    return dataset


def _plain_syntax(dataset: Dataset) -> UID:
    is_implicit, _ = dataset.original_encoding
    return ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian


def _decode(dataset: Dataset, header: Header) -> Array:
    """Return the stored values of a slice."""
    kind = value.text(dataset, "PhotometricInterpretation")
    if kind != "MONOCHROME2":
        raise ContractError(
            f"{header.file}: expected values that grow with brightness (MONOCHROME2), but they are"
            f" stored as '{kind}'; export the original images"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Cutting values to the stated bits would hide that a header states too few.
        dataset.pixel_array_options(correct_unused_bits=False)
        try:
            stored = np.asarray(dataset.pixel_array)
        except Exception as error:
            raise ContractError(
                f"{header.file}: the pixels cannot be decoded ({' '.join(str(error).split())});"
                " store the series uncompressed (for example with gdcmconv --raw or dcmdjpeg), or"
                " copy it again from its source"
            ) from error
    _check_bits(stored, dataset, header)
    return stored


def _check_bits(stored: Array, dataset: Dataset, header: Header) -> None:
    bits = value.whole(dataset, "BitsStored") or 0
    signed = value.whole(dataset, "PixelRepresentation") == 1
    lowest, highest = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    if bits < 1 or stored.min() < lowest or stored.max() >= highest:
        raise ContractError(
            f"{header.file}: values from {stored.min()} to {stored.max()} need more than the {bits}"
            " bits that the header states, so it is damaged or hides an overlay in them; export the"
            " series anew"
        )


def _rescaling(dataset: Dataset, header: Header) -> tuple[float, float]:
    slope = value.number(dataset, "RescaleSlope") if "RescaleSlope" in dataset else 1.0
    intercept = value.number(dataset, "RescaleIntercept") if "RescaleIntercept" in dataset else 0.0
    if slope is None or intercept is None or slope <= 0:
        raise ContractError(
            f"{header.file}: expected a positive rescale slope and an intercept, but the header"
            f" says {dataset.get('RescaleSlope')} and {dataset.get('RescaleIntercept')}; export"
            " the series anew"
        )
    return slope, intercept


def _check_slopes(slopes: Array, brightness: Array, stack: Stack) -> None:
    """Refuse slopes that tear slices apart which were alike as they were stored.

    Slices scaled one by one have their brightness restored by their slopes; a damaged slope
    does the opposite.
    """
    if np.ptp(slopes) == 0:
        return
    # An empty slice at an end has no brightness to compare.
    brightness = np.maximum(brightness, np.finfo(float).tiny)
    stored, rescaled = (np.abs(np.diff(np.log(each))) for each in (brightness, brightness * slopes))
    worst = int(rescaled.argmax())
    if rescaled[worst] > LARGEST_STEP and rescaled[worst] > 2 * stored[worst]:
        raise ContractError(
            f"{stack.slices[worst].file.parent}: rescale slopes from {slopes.min():g} to"
            f" {slopes.max():g} make neighbouring slices differ {np.exp(rescaled[worst]):.3g}-fold,"
            " which their stored values do not, so a slope is damaged; export the series anew"
        )
