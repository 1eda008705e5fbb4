"""Masks from DICOM: segments by number or name, frames in any order, plain images."""

from dataclasses import replace

import numpy as np
import pydicom
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.geometry import like
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.mask_reading import read_labels, read_labels_on
from cirrhosis.imaging.reading import read_volume
from tests.imaging.made_dicom import write_segmentation, write_series
from tests.imaging.made_volumes import grid

SHAPE = (10, 12, 16)
IMAGE = replace(
    grid(SHAPE, (6.0, 3.0, 4.0)),
    array=np.random.default_rng(0).integers(1, 900, SHAPE).astype(np.float32),
)


def box(*spans):
    mask = np.zeros(SHAPE, np.uint8)
    mask[tuple(slice(*span) for span in spans)] = 1
    return mask


LIVER = box((2, 7), (3, 9), (4, 12))
# Not symmetric, so that a flip of any axis shows.
LIVER[6, 3:5, 4:6] = 0
SPLEEN = box((8, 10), (9, 11), (13, 15))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A series, and the SEG of its spleen and liver."""
    folder = tmp_path_factory.mktemp("study")
    files = write_series(folder / "series", IMAGE)
    write_segmentation(folder / "seg.dcm", files, {"Spleen": SPLEEN, "Whole Liver": LIVER})
    return folder


def segment(folder, **settings):
    volume = read_volume(folder / "series")
    segmenter = FileLiverSegmenter(LiverSettings(**settings))
    return segmenter(volume, patient_id="p", mask_path=folder / "seg.dcm").mask


def test_the_segment_named_liver_is_put_on_the_grid_of_its_volume(study):
    mask = segment(study)
    assert mask.same_grid(IMAGE, 1e-3)
    assert np.array_equal(mask.array, LIVER)


def test_the_frames_of_the_file_are_in_no_order(study):
    stored = pydicom.dcmread(study / "seg.dcm")
    heights = [
        float(frame.PlanePositionSequence[0].ImagePositionPatient[2])
        for frame in stored.PerFrameFunctionalGroupsSequence
    ]
    assert heights not in (sorted(heights), sorted(heights)[::-1])


def test_a_segment_may_be_chosen_by_its_number(study):
    assert np.array_equal(segment(study, label=1).array, SPLEEN)
    assert np.array_equal(segment(study, label=2).array, LIVER)
    with pytest.raises(ContractError, match=r"has '1: Spleen', '2: Whole Liver'; name one with"):
        segment(study, label=3)


def test_labels_lie_where_the_frames_lie(study):
    labels = read_labels(study / "seg.dcm")
    assert labels.array.shape == (8, 12, 16)
    assert labels.origin_mm == pytest.approx((-30, -16.5, -15))
    assert set(np.unique(labels.array)) == {0, 2}


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("Organ", "Liver", "Liver tumor"), 2),
        (("liver lesion", "spleen"), 1),
        (("Mask",), 1),
    ],
)
def test_the_liver_is_told_from_its_lesions(tmp_path, names, chosen):
    files = write_series(tmp_path / "series", IMAGE)
    parts = {name: box((2 + k, 5 + k), (3, 9), (k * 4, k * 4 + 4)) for k, name in enumerate(names)}
    write_segmentation(tmp_path / "seg.dcm", files, parts)
    assert set(np.unique(read_labels(tmp_path / "seg.dcm").array)) == {0, chosen}


@pytest.mark.parametrize("names", [("left liver", "right liver"), ("spleen", "kidney")])
def test_several_segments_that_may_be_meant_are_refused(tmp_path, names):
    files = write_series(tmp_path / "series", IMAGE)
    write_segmentation(tmp_path / "seg.dcm", files, {names[0]: LIVER, names[1]: SPLEEN})
    with pytest.raises(ContractError, match=r"expected one segment of the liver, but it has '1: "):
        read_labels(tmp_path / "seg.dcm")


def test_a_folder_may_hold_the_segmentation_beside_its_series(study, tmp_path):
    assert np.array_equal(read_labels_on(IMAGE, study).array, 2.0 * LIVER)
    assert np.array_equal(read_volume(study).array, IMAGE.array)
    (tmp_path / "one.dcm").write_bytes((study / "seg.dcm").read_bytes())
    (tmp_path / "two.dcm").write_bytes((study / "seg.dcm").read_bytes())
    with pytest.raises(ContractError, match="expected one DICOM SEG, but there are 2"):
        read_labels(tmp_path)


@pytest.mark.parametrize(
    "other",
    [
        replace(IMAGE, origin_mm=(-28.0, -16.5, -27.0)),
        replace(IMAGE, spacing_mm=(6.0, 3.1, 4.0)),
        replace(IMAGE, array=IMAGE.array[:5]),
    ],
    ids=["shifted", "other spacing", "too short"],
)
def test_a_segmentation_of_another_volume_is_refused(study, other):
    with pytest.raises(ContractError, match="expected the mask on the grid of its volume"):
        read_labels_on(other, study / "seg.dcm")


def test_a_mask_may_be_a_series_of_plain_images(tmp_path):
    write_series(tmp_path, like(IMAGE, 255.0 * LIVER), tags={"Modality": "OT"})
    assert np.array_equal(read_labels(tmp_path).array, 255.0 * LIVER)
    assert np.array_equal(read_labels_on(IMAGE, tmp_path).array, 255.0 * LIVER)
    shorter = replace(IMAGE, array=IMAGE.array[:-1])
    with pytest.raises(ContractError, match="expected the mask on the grid of its volume"):
        read_labels_on(shorter, tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_a_truncated_segmentation_is_refused(study, tmp_path, share):
    content = (study / "seg.dcm").read_bytes()
    (tmp_path / "seg.dcm").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ContractError, match=r"seg\.dcm"):
        read_labels(tmp_path / "seg.dcm")


def test_a_frame_a_kilometre_away_is_refused_before_memory_is_taken(study, tmp_path):
    stored = pydicom.dcmread(study / "seg.dcm")
    frame = stored.PerFrameFunctionalGroupsSequence[0]
    frame.PlanePositionSequence[0].ImagePositionPatient = [-30, -16.5, 6e5 - 3]
    stored.save_as(tmp_path / "seg.dcm")
    with pytest.raises(ContractError, match="so a position is damaged"):
        read_labels(tmp_path / "seg.dcm")


def test_what_is_no_mask_is_refused(tmp_path):
    (tmp_path / "text.txt").write_text("no mask")
    with pytest.raises(ContractError, match="expected a NIfTI file"):
        read_labels(tmp_path / "text.txt")
    with pytest.raises(ContractError, match="there is no file"):
        read_labels(tmp_path / "absent.dcm")
