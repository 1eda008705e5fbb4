from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from cirrhosis.contracts.store import StoreLayout, read_slices
from cirrhosis.contracts.volume import LiverMask, RigidTransform
from cirrhosis.imaging.geometry import like, volume_of
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.nifti import read_nifti
from cirrhosis.imaging.patient import prepare_patient
from cirrhosis.imaging.progression import Job
from cirrhosis.imaging.quality_measures import overlap_dice
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.registration import choose_registrar
from cirrhosis.imaging.study import PatientStudy, VolumeFile
from tests.imaging.made_cohort import SETTINGS
from tests.imaging.made_volumes import abdomen, liver_mask, motion, write

MOVED = motion((2, -3, 4), (6, -4, 9))
NETWORK = replace(SETTINGS.registration, method="network", model="made/made")
SHARED = replace(SETTINGS, registration=NETWORK)
OWN = replace(SHARED, liver=LiverSettings(per_sequence=True))
PUBLISHED = replace(OWN, order="registration_first")


@dataclass(frozen=True)
class KnownMotion:
    """Answers with the motion that was made, and remembers where it was told to look."""

    weights: str = "a"
    regions: list[float] = field(default_factory=list)

    def identify(self, patient_id: str) -> str:
        return self.weights

    def __call__(self, fixed, moving, region, *, patient_id) -> RigidTransform:
        self.regions.append(float(region.array.mean()))
        return MOVED


@dataclass(frozen=True)
class ImageSegmenter:
    """Finds the liver in the image alone, as a model does."""

    weights: str = "a"
    seen: list[tuple[str, Path | None]] = field(default_factory=list)

    def identify(self, patient_id: str) -> str:
        return f"{self.weights} of {patient_id}"

    def __call__(self, volume, *, patient_id, mask_path) -> LiverMask:
        self.seen.append((patient_id, mask_path))
        # The image must already lie where the fixed liver is.
        mask = like(volume, liver_mask().array * (volume.array > 0))
        return LiverMask(mask, "model fold 2 (out-of-fold)", ("liver_small",))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    write(abdomen("pvp"), folder / "pvp.nii.gz")
    write(abdomen("t1", moved=MOVED), folder / "t1.nii.gz")
    write(liver_mask(), folder / "pvp_liver.nii.gz")
    write(liver_mask(MOVED), folder / "t1_liver.nii.gz")
    volumes = {
        "pvp": VolumeFile(folder / "pvp.nii.gz"),
        "t1": VolumeFile(folder / "t1.nii.gz", "", "vibe pre", "named so"),
    }
    return PatientStudy("A", volumes, {name: folder / f"{name}_liver.nii.gz" for name in volumes})


def job_of(folder, settings, *, segmenter=None, estimator=None):
    return Job(
        folder=folder,
        settings=settings,
        sequences=("pvp", "t1"),
        reader=read_volume,
        segmenter=segmenter or FileLiverSegmenter(settings.liver),
        registrar=choose_registrar(settings.registration, estimator or KnownMotion()),
    )


@pytest.mark.parametrize(("settings", "sees_all"), [(OWN, False), (PUBLISHED, True)])
def test_the_order_decides_where_images_are_compared(tmp_path, study, settings, sees_all):
    estimator = KnownMotion()
    outcome = prepare_patient(study, job=job_of(tmp_path, settings, estimator=estimator))
    assert outcome.reason == ""
    (looked_at,) = estimator.regions
    assert (looked_at > 0.95) == sees_all


def test_each_sequence_has_its_own_mask_and_slices(tmp_path, study):
    outcome = prepare_patient(study, job=job_of(tmp_path, PUBLISHED))
    slices = read_slices(StoreLayout(tmp_path).slices("A"))
    assert set(slices.sequence_masks) == {"pvp", "t1"}
    assert np.array_equal(slices.sequence_masks["pvp"], slices.mask)
    # The mask of t1 lay where t1 was scanned, and has come along to the fixed grid.
    own = volume_of(read_nifti(tmp_path / "livers" / "t1" / "A.nii.gz"))
    assert own.same_grid(abdomen("pvp"))
    assert overlap_dice(own.array, liver_mask().array) > 0.9
    assert overlap_dice(own.array, liver_mask(MOVED).array) < 0.85
    t1 = outcome.qc[1]
    assert t1["liver_dice"] > 0.9
    chosen = slices.record["own"]
    assert t1["slice_indices"] == ";".join(map(str, chosen["t1"]["indices"]))
    assert all(abs(a - b) <= 1 for a, b in zip(chosen["t1"]["indices"], slices.record["indices"],
                                               strict=True))  # fmt: skip
    assert (t1["series_description"], t1["series_reason"]) == ("vibe pre", "named so")


def test_one_mask_serves_all_unless_told_otherwise(tmp_path, study):
    outcome = prepare_patient(study, job=job_of(tmp_path, SHARED))
    slices = read_slices(StoreLayout(tmp_path).slices("A"))
    assert slices.sequence_masks == {}
    assert outcome.qc[0]["slice_indices"] == outcome.qc[1]["slice_indices"]
    # The moving sequence has a mask of its own, which tells how well it was aligned.
    assert outcome.qc[1]["liver_dice"] > 0.9
    assert outcome.qc[0]["undefined"] == "liver_dice: the fixed sequence itself"


def test_a_mask_that_is_only_compared_may_be_broken(tmp_path, study):
    broken = replace(study, masks=study.masks | {"t1": tmp_path / "absent.nii.gz"})
    outcome = prepare_patient(broken, job=job_of(tmp_path, SHARED))
    assert outcome.reason == ""
    assert outcome.qc[1]["liver_dice"] is None
    assert "absent.nii.gz" in outcome.qc[1]["undefined"]


def test_a_sequence_without_a_mask_of_its_own_is_refused(tmp_path, study):
    bare = replace(study, masks={"pvp": study.masks["pvp"]})
    outcome = prepare_patient(bare, job=job_of(tmp_path, OWN))
    assert outcome.stage == "liver"
    assert "`liver.per_sequence`" in outcome.reason
    assert "none for 't1'" in outcome.reason


def test_a_segmenter_of_images_sees_the_registered_ones(tmp_path, study):
    settings = replace(PUBLISHED, liver=LiverSettings(source="mrsegmentator", per_sequence=True))
    segmenter = ImageSegmenter()
    outcome = prepare_patient(study, job=job_of(tmp_path, settings, segmenter=segmenter))
    assert outcome.reason == ""
    assert [path for _, path in segmenter.seen] == [study.masks["pvp"], None]
    assert {row["liver_source"] for row in outcome.qc} == {"model fold 2 (out-of-fold)"}
    assert {row["liver_flags"] for row in outcome.qc} == {"liver_small"}
    assert outcome.decision == "flag"
    assert "liver_flags 1 is above 0" in [one.reason for one in outcome.findings]


def test_other_weights_make_their_artefacts_anew(tmp_path, study):
    settings = replace(SHARED, liver=LiverSettings(source="mrsegmentator"))

    def computed(segmenter, estimator):
        job = job_of(
            tmp_path,
            settings,
            segmenter=ImageSegmenter(segmenter),
            estimator=KnownMotion(estimator),
        )
        return prepare_patient(study, job=job).computed

    assert set(computed("a", "a")) == {"livers", "transforms", "slices", "measures"}
    assert computed("a", "a") == ()
    # Other weights that give the same mask or motion change nothing that comes after.
    assert computed("b", "a") == ("livers",)
    assert computed("b", "b") == ("transforms",)


def test_where_masks_come_from_is_known_although_they_are_kept(tmp_path, study):
    settings = replace(SHARED, liver=LiverSettings(source="mrsegmentator"))
    job = job_of(tmp_path, settings, segmenter=ImageSegmenter())
    first, again = (prepare_patient(study, job=job) for _ in range(2))
    assert again.computed == ()
    assert first.qc == again.qc
