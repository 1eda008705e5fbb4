import gzip
import io
import itertools
import re
import struct
import tracemalloc

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging import nifti
from cirrhosis.imaging.geometry import points_of
from cirrhosis.imaging.reading import read_volume

SHAPE_RAS = (10, 12, 8)
SPACING_RAS = (2.0, 3.0, 5.0)
# A voxel on the patient's right, in front, near the head.
MARKER_RAS = (8, 11, 6)
CODES = ["".join(code) for code in itertools.permutations("RAS")] + ["LAS", "LPS", "LPI", "LSA"]


def marked() -> nib.Nifti1Image:
    array = np.random.default_rng(0).uniform(0, 10, SHAPE_RAS).astype(np.float32)
    array[MARKER_RAS] = 1000
    affine = np.diag([*SPACING_RAS, 1.0])
    affine[:3, 3] = -40, -30, 20
    return nib.Nifti1Image(array, affine)


def reoriented(image: nib.Nifti1Image, code: str) -> nib.Nifti1Image:
    orientation = nib.orientations
    wanted = orientation.axcodes2ornt(tuple(code))
    return image.as_reoriented(
        orientation.ornt_transform(orientation.io_orientation(image.affine), wanted)
    )


@pytest.mark.parametrize("code", CODES)
def test_marker_is_at_the_same_place_whatever_the_storage_order(tmp_path, code):
    nib.save(reoriented(marked(), code), tmp_path / "stored.nii.gz")
    volume = read_volume(tmp_path / "stored.nii.gz")

    x, y, z = MARKER_RAS
    # LPS: z as stored in RAS, y and x from the other end.
    expected = (z, SHAPE_RAS[1] - 1 - y, SHAPE_RAS[0] - 1 - x)
    found = np.unravel_index(volume.array.argmax(), volume.array.shape)
    assert found == expected
    assert volume.spacing_mm == pytest.approx(SPACING_RAS[::-1])
    right, front, up = marked().affine[:3] @ [x, y, z, 1]
    assert points_of(volume, np.array([found]))[0] == pytest.approx([-right, -front, up])


@pytest.mark.parametrize("code", CODES)
def test_reads_as_simpleitk_reads_after_orientation(tmp_path, code):
    image = reoriented(marked(), code)
    image.set_qform(image.affine, 1)
    nib.save(image, tmp_path / "stored.nii")
    volume = read_volume(tmp_path / "stored.nii")
    oracle = sitk.DICOMOrient(sitk.ReadImage(str(tmp_path / "stored.nii")), "LPS")

    assert np.array_equal(volume.array, sitk.GetArrayFromImage(oracle))
    assert volume.origin_mm == pytest.approx(oracle.GetOrigin(), abs=1e-4)
    assert volume.direction == pytest.approx(oracle.GetDirection(), abs=1e-6)


def test_file_of_simpleitk_is_read_where_it_was_written(tmp_path):
    image = sitk.GetImageFromArray(np.random.default_rng(0).random((4, 5, 6)).astype(np.float32))
    turned = sitk.Euler3DTransform()
    turned.SetRotation(0.2, 0.1, -0.1)
    image.SetDirection(turned.GetMatrix())
    image.SetOrigin((5.0, -7.0, 9.0))
    image.SetSpacing((1.5, 2.5, 6.0))
    sitk.WriteImage(image, str(tmp_path / "oblique.nii.gz"))
    volume = read_volume(tmp_path / "oblique.nii.gz")

    assert np.array_equal(volume.array, sitk.GetArrayFromImage(image))
    assert volume.origin_mm == pytest.approx((5, -7, 9), abs=1e-4)
    assert volume.direction == pytest.approx(turned.GetMatrix(), abs=1e-5)


def test_stored_scaling_is_applied(tmp_path):
    array = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    image = nib.Nifti1Image(array, np.eye(4))
    image.header.set_slope_inter(2, 7)
    nib.save(image, tmp_path / "scaled.nii")
    assert read_volume(tmp_path / "scaled.nii").array.max() == 59 * 2 + 7


def test_nifti_2_is_read(tmp_path):
    image = nib.Nifti2Image(np.arange(60, dtype=np.float32).reshape(3, 4, 5), np.eye(4))
    nib.save(image, tmp_path / "second.nii.gz")
    assert read_volume(tmp_path / "second.nii.gz").array.shape == (5, 4, 3)


def bytes_of(image: nib.Nifti1Image) -> bytes:
    stream = io.BytesIO()
    image.to_stream(stream)
    return stream.getvalue()


def with_spacing(value: float) -> bytes:
    content = bytearray(bytes_of(marked()))
    content[80:84] = np.float32(value).tobytes()
    return bytes(content)


def with_intensity(value: float) -> bytes:
    image = marked()
    image.get_fdata(caching="fill", dtype=np.float32)
    array = np.asarray(image.dataobj).copy()
    array[1, 2, 3] = value
    return bytes_of(nib.Nifti1Image(array, image.affine))


def with_forms(*, sform: np.ndarray | None, qform: np.ndarray | None) -> bytes:
    image = marked()
    image.set_sform(sform, 0 if sform is None else 1)
    image.set_qform(qform, 0 if qform is None else 1)
    image.header["pixdim"][1:4] = SPACING_RAS
    return bytes_of(image)


def with_field(place: int, kind: str, *values: float) -> bytes:
    """Return the volume with other values in its header (dimensions begin at byte 40)."""
    content = bytearray(bytes_of(marked()))
    struct.pack_into(kind, content, place, *values)
    return bytes(content)


def sheared() -> np.ndarray:
    affine = marked().affine
    affine[0, 1] = 0.4
    return affine


def flipped_bit() -> bytes:
    content = bytearray(gzip.compress(bytes_of(marked())))
    content[len(content) // 2] ^= 1
    return bytes(content)


GZIPPED = gzip.compress(bytes_of(marked()))
BAD = {
    "truncated.nii": (bytes_of(marked())[:2000], "truncated or damaged"),
    "truncated.nii.gz": (GZIPPED[: len(GZIPPED) // 2], "truncated or damaged"),
    "flipped.nii.gz": (flipped_bit(), "truncated or damaged"),
    "text.nii": (b"no image at all", "not a readable NIfTI"),
    "text.nii.gz": (b"no image at all", "cannot be unpacked"),
    "empty.nii": (b"", "not a readable NIfTI"),
    "image.png": (b"\x89PNG", "expected a NIfTI file"),
    "plane.nii": (
        bytes_of(nib.Nifti1Image(np.ones((5, 4), np.float32), np.eye(4))),
        "three dimensions .* 5 x 4;",
    ),
    "one_plane.nii": (
        bytes_of(nib.Nifti1Image(np.ones((5, 4, 1), np.float32), np.eye(4))),
        "three dimensions .* 5 x 4 x 1;",
    ),
    "dynamic.nii": (
        bytes_of(nib.Nifti1Image(np.ones((5, 4, 3, 2), np.float32), np.eye(4))),
        "three dimensions .* one time point or echo per file",
    ),
    "complex.nii": (
        bytes_of(nib.Nifti1Image(np.ones((5, 4, 3), np.complex64), np.eye(4))),
        "one number per voxel",
    ),
    "nan.nii": (with_intensity(np.nan), "finite intensities, but 1 of 960"),
    "infinite.nii": (with_intensity(np.inf), "finite intensities, but 1 of 960"),
    "constant.nii": (
        bytes_of(nib.Nifti1Image(np.full((5, 4, 3), 7, np.float32), np.eye(4))),
        "every voxel is 7",
    ),
    "zero_spacing.nii": (with_spacing(0), "positive spacing .* 0, 3, 5 mm"),
    "negative_spacing.nii": (with_spacing(-2), "positive spacing .* -2, 3, 5 mm"),
    "other_spacing.nii": (with_spacing(1), "spacing of 1, 3, 5 mm and an affine with 2, 3, 5"),
    # 10 x 12 x 8 voxels of 4 bytes follow a header of 352 bytes.
    "fewer_planes.nii": (with_field(46, "<h", 7), "are 0.00336 MB, but .* holds 0.00384 MB"),
    "more_planes.nii": (with_field(46, "<h", 9), "truncated or damaged"),
    "huge.nii": (with_field(42, "<3h", 30000, 30000, 30000), "truncated or damaged"),
    "moved_voxels.nii": (with_field(108, "<f", 368), "truncated or damaged"),
    "other_bits.nii": (with_field(72, "<h", 16), "16 bits per voxel and a type of 32"),
    "other_type.nii": (with_field(70, "<2h", 4, 16), "truncated or damaged"),
    "inverted.nii": (with_field(112, "<2f", -1, 0), "positive slope, .* says -1 and 0"),
    "drowned.nii": (with_field(112, "<2f", 1, 1e9), "too far from 0"),
    "sheared.nii": (with_forms(sform=sheared(), qform=None), "sheared|affine with"),
    "no_orientation.nii": (with_forms(sform=None, qform=None), "left and right are unknown"),
    "two_places.nii": (
        with_forms(sform=marked().affine, qform=marked().affine @ np.diag([-1, -1, 1, 1])),
        "sform and qform place the same voxel up to",
    ),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_refuses(tmp_path, name):
    content, message = BAD[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ContractError, match=message) as refused:
        read_volume(tmp_path / name)
    assert name in str(refused.value)


def test_refuses_shear_of_unit_spacing(tmp_path):
    # Columns of unit length, so that only their angle is wrong.
    affine = np.eye(4)
    affine[:2, 1] = 0.6, 0.8
    image = nib.Nifti1Image(np.arange(60, dtype=np.float32).reshape(3, 4, 5), None)
    image.set_sform(affine, 1)
    nib.save(image, tmp_path / "sheared.nii")
    with pytest.raises(ContractError, match="the affine is sheared"):
        read_volume(tmp_path / "sheared.nii")


def test_refuses_an_absent_file(tmp_path):
    with pytest.raises(ContractError, match=re.escape("correct the path in volumes.csv")):
        read_volume(tmp_path / "absent.nii.gz")


def test_refuses_a_series_of_a_file(tmp_path):
    (tmp_path / "stored.nii").write_bytes(bytes_of(marked()))
    with pytest.raises(ContractError, match=r"names the series '1\.2' in it; empty that cell"):
        read_volume(tmp_path / "stored.nii", "1.2")


def test_refuses_what_unpacks_to_more_than_any_liver(tmp_path, monkeypatch):
    monkeypatch.setattr(nifti, "LARGEST_BYTES", 3000)
    (tmp_path / "stored.nii.gz").write_bytes(GZIPPED)
    with pytest.raises(ContractError, match="the file holds more than"):
        read_volume(tmp_path / "stored.nii.gz")


def test_a_claim_of_a_hundred_gigabytes_takes_no_memory(tmp_path):
    (tmp_path / "huge.nii").write_bytes(with_field(42, "<3h", 30000, 30000, 60))
    tracemalloc.start()
    with pytest.raises(ContractError, match=r"are 2\.16e\+05 MB, but the file holds"):
        read_volume(tmp_path / "huge.nii")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**26
