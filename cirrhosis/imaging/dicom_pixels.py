"""The pixels of the slices of a stack, rescaled as each header says."""

import warnings

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array
from cirrhosis.imaging import dicom_values as value
from cirrhosis.imaging.dicom_header import Header, mapped
from cirrhosis.imaging.dicom_stack import Stack


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
    planes = [
        _plane(dataset, one.header) for dataset, one in zip(datasets, stack.slices, strict=True)
    ]
    return np.stack(planes)


def _read(header: Header) -> Dataset:
    with warnings.catch_warnings():
        # As in reading headers: what is used of a file is checked.
        warnings.simplefilter("ignore")
        try:
            with mapped(header.file) as content:
                return dcmread(content, force=not header.transfer_syntax)
        except Exception as error:
            raise ContractError(
                f"{header.file}: is damaged ({type(error).__name__}: {error}); copy it again from"
                " its source"
            ) from error


def _plane(dataset: Dataset, header: Header) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stored = np.asarray(dataset.pixel_array)
        except Exception as error:
            raise ContractError(
                f"{header.file}: the pixels cannot be decoded ({type(error).__name__}: {error});"
                " store the series uncompressed (for example with gdcmconv --raw or dcmdjpeg), or"
                " copy it again from its source"
            ) from error
    slope, intercept = _rescaling(dataset, header)
    return (stored * slope + intercept).astype(np.float32)


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
