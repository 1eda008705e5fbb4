"""NIfTI files: what the header claims is checked before a voxel is believed."""

import gzip
import io
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import nibabel as nib
import numpy as np
import SimpleITK as sitk
from nibabel.arrayproxy import ArrayProxy
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array

SUFFIXES = (".nii", ".nii.gz")
# A disagreement below these moves no voxel of an abdomen by more than about half a millimetre.
AXIS_TOLERANCE = 1e-3
SPACING_TOLERANCE = 1e-2
# No liver on a clinical scanner needs more; what claims to is damaged or made to harm.
LARGEST_BYTES = 2**31
CHUNK_BYTES = 2**24
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])


def read_nifti(path: Path) -> sitk.Image:
    """Read a NIfTI file as float32 in the orientation it is stored in.

    SimpleITK and nibabel trust files too far: SimpleITK fills a truncated file with zeros
    and takes 1 mm for a spacing of 0, nibabel stops before the checksum; none of it is an
    error. So the bytes are unpacked whole first, and the header is checked here.

    Raises:
        ContractError: If there is no such file, it is no three-dimensional NIfTI image, it
            is damaged, or its header contradicts itself about where the voxels lie.
    """
    content = _unpack(path)
    stored = _parse(content, path)
    _check_shape(stored, path)
    _check_size(stored, content, path)
    _check_scaling(stored, path)
    _check_header(stored, content, path)
    try:
        array = stored.get_fdata(dtype=np.float32, caching="unchanged")
    except (OSError, EOFError, ValueError) as error:
        raise ContractError(
            f"{path}: the voxels cannot be read ({error}), so the file is truncated or damaged;"
            " copy it again from its source"
        ) from error
    return _locate(array, stored.affine, path)


def read_note(path: Path) -> str:
    """Return the free text of a NIfTI header.

    Raises:
        ContractError: If there is no such file or it is damaged.
    """
    return bytes(_parse(_unpack(path), path).header["descrip"]).rstrip(b"\0").decode("latin-1")


def _unpack(path: Path) -> bytes:
    if not path.is_file():
        raise ContractError(
            f"expected a NIfTI file at {path}, but there is no file; correct the path in"
            " volumes.csv"
        )
    if not path.name.lower().endswith(SUFFIXES):
        raise ContractError(
            f"expected a NIfTI file (.nii or .nii.gz), but got {path}; convert it first"
        )
    try:
        with path.open("rb") as stored:
            is_packed = path.suffix.lower() == ".gz"
            stream = gzip.GzipFile(fileobj=stored) if is_packed else stored
            return b"".join(_chunks(stream, path))
    except (OSError, EOFError, zlib.error) as error:
        raise ContractError(
            f"{path}: cannot be unpacked ({error}), so the file is truncated or damaged; copy"
            " it again from its source"
        ) from error


def _chunks(stream: IO[bytes] | gzip.GzipFile, path: Path) -> Iterator[bytes]:
    # A small file may unpack to more than all memory.
    total = 0
    while chunk := stream.read(CHUNK_BYTES):
        total += len(chunk)
        if total > LARGEST_BYTES:
            raise ContractError(
                f"{path}: expected one volume, but the file holds more than"
                f" {LARGEST_BYTES / 2**30:.0f} GB; name one of the liver, or copy it again"
            )
        yield chunk


def _parse(content: bytes, path: Path) -> nib.Nifti1Image:
    # The first number of a header is its own length, which differs between the versions.
    second = content[:4] in (b"\x1c\x02\x00\x00", b"\x00\x00\x02\x1c")
    kind = nib.Nifti2Image if second else nib.Nifti1Image
    try:
        return kind.from_bytes(content)
    except (ImageFileError, HeaderDataError, WrapStructError, ValueError, OSError) as error:
        raise ContractError(
            f"{path}: is not a readable NIfTI file ({error}); copy it again from its source"
        ) from error


def _check_shape(stored: nib.Nifti1Image, path: Path) -> None:
    shape = stored.shape
    if len(shape) != 3 or min(shape) < 2:
        remedy = "name one time point or echo per file" if len(shape) > 3 else "name a volume"
        raise ContractError(
            f"{path}: expected three dimensions of at least two voxels, but the image is"
            f" {' x '.join(map(str, shape))}; {remedy}"
        )
    kind = stored.get_data_dtype()
    if kind.fields or kind.kind not in "iuf":
        raise ContractError(f"{path}: expected one number per voxel, but the type is {kind}")


def _check_size(stored: nib.Nifti1Image, content: bytes, path: Path) -> None:
    """Refuse a file whose voxels are fewer or more than its header says."""
    shape, item = stored.shape, stored.get_data_dtype().itemsize
    header = type(stored.header).from_fileobj(io.BytesIO(content), check=False)
    if int(header["bitpix"]) != 8 * item:
        raise ContractError(
            f"{path}: the header states {int(header['bitpix'])} bits per voxel and a type of"
            f" {8 * item}, so it is damaged; copy it again from its source"
        )
    claimed = math.prod(shape) * item
    held = len(content) - int(header["vox_offset"])
    # Some programs fill up the end, but never by a whole plane.
    plane = claimed // max(shape)
    if not claimed <= held < claimed + plane:
        raise ContractError(
            f"{path}: the header claims {' x '.join(map(str, shape))} voxels of {item} bytes, which"
            f" are {claimed / 1e6:.4g} MB, but the file holds {held / 1e6:.4g} MB of them, so it is"
            " truncated or damaged; copy it again from its source"
        )


def _check_scaling(stored: nib.Nifti1Image, path: Path) -> None:
    proxy = cast(ArrayProxy, stored.dataobj)
    slope, inter = proxy.slope, proxy.inter
    if not (np.isfinite([slope, inter]).all() and slope > 0):
        raise ContractError(
            f"{path}: expected stored values to be scaled by a positive slope, but the header says"
            f" {slope:g} and {inter:g}; convert the volume anew from its source"
        )


def _check_header(stored: nib.Nifti1Image, content: bytes, path: Path) -> None:
    spacing = _stated_spacing(stored, content)
    if not (np.isfinite(spacing) & (spacing > 0)).all():
        raise ContractError(
            f"{path}: expected a positive spacing along each axis, but the header says"
            f" {_listed(spacing)} mm; write the file anew with its true spacing"
        )
    sform, qform = stored.get_sform(coded=True)[0], stored.get_qform(coded=True)[0]
    if sform is None and qform is None:
        raise ContractError(
            f"{path}: the header gives no orientation (sform and qform codes are 0), so left"
            " and right are unknown; convert it anew from DICOM"
        )
    if sform is not None and qform is not None:
        _check_forms(sform, qform, stored.shape, path)
    columns = np.linalg.norm(stored.affine[:3, :3], axis=0)
    if not np.allclose(columns, spacing, rtol=SPACING_TOLERANCE):
        raise ContractError(
            f"{path}: the header states a spacing of {_listed(spacing)} mm and an affine with"
            f" {_listed(columns)} mm; programs differ in which they believe, so write it anew"
        )


def _stated_spacing(stored: nib.Nifti1Image, content: bytes) -> Array:
    # nibabel silently mends a spacing of 0 or less when it opens a file: read it as it is.
    header = type(stored.header).from_fileobj(io.BytesIO(content), check=False)
    return np.asarray(header["pixdim"][1:4], float)


def _check_forms(sform: Array, qform: Array, shape: tuple[int, ...], path: Path) -> None:
    corners = np.array(np.meshgrid(*[(0, n - 1) for n in shape])).reshape(3, -1)
    apart = (sform - qform)[:3, :3] @ corners + (sform - qform)[:3, 3:]
    distance = float(np.linalg.norm(apart, axis=0).max())
    if distance > 1:
        raise ContractError(
            f"{path}: sform and qform place the same voxel up to {distance:.1f} mm apart, and"
            " programs differ in which they believe; write the file anew with one of them"
        )


def _locate(array: Array, affine: Array, path: Path) -> sitk.Image:
    axes = RAS_TO_LPS @ affine[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    left, _, right = np.linalg.svd(axes / spacing)
    # The nearest orthonormal axes; they may be left-handed, as stored files often are.
    direction = left @ right
    if np.abs(direction - axes / spacing).max() > AXIS_TOLERANCE:
        raise ContractError(
            f"{path}: expected axes at right angles, but the affine is sheared:"
            f" {_listed((axes / spacing).ravel())}; resample the volume to an orthogonal grid"
        )
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.T))
    image.SetSpacing(spacing.tolist())
    image.SetOrigin((RAS_TO_LPS @ affine[:3, 3]).tolist())
    image.SetDirection(direction.ravel().tolist())
    return image


def _listed(values: Array) -> str:
    return ", ".join(f"{value:.4g}" for value in values)
