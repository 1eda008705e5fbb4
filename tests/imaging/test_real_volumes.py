"""Real T2 volumes of the CHAOS challenge; they do not ship with the product."""

import numpy as np
import pandas as pd
import pytest
import SimpleITK as sitk

from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.store import StoreLayout, read_slices
from cirrhosis.imaging.geometry import image_of, like, points_of, volume_of
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.preparation import prepare_cohort
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.registration import choose_registrar
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.rigid import apply, itk_transform, rigid_transform
from cirrhosis.imaging.settings import PrepareSettings
from tests.imaging.made_cohort import make_splits

LIVER = LiverSettings(label=1)


@pytest.fixture(scope="session")
def chaos(shared_data):
    folder = shared_data / "data" / "chaos_t2"
    if not folder.is_dir():
        pytest.skip(f"no CHAOS volumes at {folder}")
    return folder


@pytest.mark.slow
def test_all_volumes_are_prepared(chaos, tmp_path):
    numbers = sorted(int(path.name[6:-7]) for path in chaos.glob("image_*.nii.gz"))
    patients = [f"C{number:02}" for number in numbers]
    volumes = pd.DataFrame(
        {
            "patient_id": patients,
            "sequence": "t2",
            "path": [str(chaos / f"image_{number}.nii.gz") for number in numbers],
            "liver_mask_path": [str(chaos / f"label_{number}.nii.gz") for number in numbers],
        }
    )
    cohort = write_cohort(tmp_path, pd.DataFrame({"patient_id": patients}), volumes)
    settings = PrepareSettings(
        registration=RegistrationSettings(method="none", target="t2"), liver=LIVER
    )
    summary = prepare_cohort(
        cohort,
        make_splits(tmp_path / "splits.csv", patients),
        tmp_path / "store",
        name="chaos",
        settings=settings,
        reader=read_volume,
        segmenter=FileLiverSegmenter(LIVER),
        registrar=choose_registrar(settings.registration),
        n_workers=1,
        progress=silent,
    )
    assert (summary.n_prepared, len(summary.failures)) == (14, 0)
    for patient in patients:
        slices = read_slices(StoreLayout(tmp_path / "store").slices(patient))
        assert slices.mask.shape == (5, 512, 512)
        assert len(set(slices.record["indices"])) == 5
        assert slices.mask.any(axis=(1, 2)).all()
        # The patient's right is on the left of the image, and there the liver is.
        assert np.argwhere(slices.mask)[:, 2].mean() < 230
    quality = pd.read_csv(tmp_path / "store/qc.csv")
    assert quality["liver_ml"].between(1000, 2200).all()
    assert quality["largest_position"].between(0.5, 0.8).all()


@pytest.mark.parametrize("number", [1, 22])
@pytest.mark.parametrize("inverted", [False, True])
def test_known_motion_of_a_real_volume_is_found(chaos, number, inverted):
    fixed = read_volume(chaos / f"image_{number}.nii.gz")
    liver = FileLiverSegmenter(LIVER)(
        fixed, patient_id="p", mask_path=chaos / f"label_{number}.nii.gz"
    ).mask
    points = points_of(liver, np.argwhere(liver.array)[::50])
    truth = sitk.Euler3DTransform()
    truth.SetCenter(points.mean(0).tolist())
    truth.SetRotation(0.08, -0.05, 0.06)
    truth.SetTranslation((9.0, -7.0, 11.0))
    moved = sitk.Resample(image_of(fixed), image_of(fixed), truth.GetInverse())
    share = np.clip(volume_of(moved).array / np.percentile(fixed.array, 99.9), 0, 1)
    changed = np.where(share > 0.02, 1 - share, 0) if inverted else share**0.6
    noise = np.random.default_rng(number).normal(0, 0.04, share.shape)
    moving = like(fixed, np.abs(changed + noise).astype(np.float32))

    found = choose_registrar(RegistrationSettings())(fixed, moving, liver, patient_id="p")
    expected = apply(rigid_transform(truth), points)
    errors = np.linalg.norm(apply(found.transform, points) - expected, axis=1)
    assert np.linalg.norm(points - expected, axis=1).mean() > 10
    assert found.flags == ()
    assert errors.max() < 1.5
    assert itk_transform(found.transform).TransformPoint(points[0].tolist()) == pytest.approx(
        apply(found.transform, points[:1])[0]
    )


def test_a_coronal_volume_is_read_head_up(shared_data):
    path = shared_data / "data" / "mr_single" / "t1w_spgr_fa15.nii.gz"
    if not path.is_file():
        pytest.skip(f"no coronal volume at {path}")
    volume = read_volume(path)
    oracle = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS")
    assert volume.array.shape == sitk.GetArrayFromImage(oracle).shape
    assert np.allclose(volume.direction, np.eye(3).ravel(), atol=0.2)
    assert np.array_equal(volume.array, sitk.GetArrayFromImage(oracle).astype(np.float32))
