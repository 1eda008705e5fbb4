"""Every made series that other readers take wrongly, and what is refused of damaged ones."""

import shutil
import tracemalloc
from dataclasses import replace

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import JPEGLosslessSV1, RLELossless, generate_uid

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.dicom_series import find_series
from cirrhosis.imaging.geometry import image_of, volume_of
from cirrhosis.imaging.reading import read_volume
from tests.imaging.made_dicom import write_series
from tests.imaging.made_volumes import grid

N_SLICES = 10
PHASES = [
    replace(
        grid((N_SLICES, 12, 16), (6.0, 3.0, 4.0)),
        array=np.random.default_rng(seed).integers(0, 900, (N_SLICES, 12, 16)).astype(np.float32),
    )
    for seed in range(3)
]
PLAIN = PHASES[0]


def oblique():
    """Return a volume whose slices are tilted by 20 degrees."""
    turned = sitk.Euler3DTransform()
    turned.SetRotation(0.35, -0.12, 0.08)
    return replace(PLAIN, direction=tuple(turned.GetMatrix()), origin_mm=(-100.0, -90.0, -40.0))


def by_simpleitk(folder):
    """Return the folder as SimpleITK reads it, in LPS."""
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return volume_of(reader.Execute())


def by_name(folder):
    """Return the files stacked in the order of their names."""
    return volume_of(sitk.ReadImage([str(path) for path in sorted(folder.glob("*.dcm"))]))


def is_same(volume, truth):
    return volume.same_grid(truth, 1e-3) and np.array_equal(volume.array, truth.array)


@pytest.mark.parametrize("names", ["sorted", "shuffled", "reversed"])
@pytest.mark.parametrize("made", [PLAIN, oblique()], ids=["plain", "oblique"])
def test_a_series_is_read_where_it_was_written_whatever_its_files_are_called(tmp_path, made, names):
    write_series(tmp_path, made, names=names)
    volume = read_volume(tmp_path)
    assert volume.array.dtype == np.float32
    assert is_same(volume, made)
    # The names mislead who believes them: slices end where they are not.
    assert np.array_equal(by_name(tmp_path).array, made.array) == (names != "shuffled")


def test_an_oblique_volume_is_not_straightened(tmp_path):
    write_series(tmp_path, oblique())
    volume = read_volume(tmp_path)
    assert volume.direction == pytest.approx(oblique().direction, abs=1e-6)
    assert find_series(tmp_path).series[0].orientation == "axial"


@pytest.mark.parametrize(
    ("temporal_ids", "interleaved"), [(True, False), (False, True), (True, True), (False, False)]
)
def test_three_phases_of_one_series_are_three_volumes(tmp_path, temporal_ids, interleaved):
    write_series(tmp_path, PHASES, temporal_ids=temporal_ids, interleaved=interleaved)
    series = find_series(tmp_path).series
    assert [(one.part, one.n_parts, one.n_slices) for one in series] == [
        (part, 3, N_SLICES) for part in range(3)
    ]
    for one, truth in zip(series, PHASES, strict=True):
        assert is_same(read_volume(tmp_path, one.key), truth)
    # SimpleITK makes one volume with three times the slices at a third of their distance.
    wrong = by_simpleitk(tmp_path)
    assert len(wrong.array) == 3 * N_SLICES
    assert wrong.spacing_mm[0] == pytest.approx(9 * 6 / 29)


@pytest.mark.slow
def test_monai_joins_the_phases(tmp_path):
    # Loading it takes longer than all the others.
    from monai.data import PydicomReader

    write_series(tmp_path, PHASES, temporal_ids=True)
    reader = PydicomReader()
    array, _ = reader.get_data(reader.read(str(tmp_path)))
    assert array.shape == (16, 12, 3 * N_SLICES)


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("AcquisitionNumber", (4, 2, 9)),
        ("AcquisitionTime", ("100000.5", "100019.0", "100041")),
        ("TriggerTime", (0.0, 21000.0, 45000.0)),
        ("ContentTime", ("100000", "100019", "100041")),
    ],
)
def test_phases_are_told_by_what_differs_whatever_the_instance_numbers(tmp_path, keyword, values):
    shuffled = iter(np.random.default_rng(3).permutation(3 * N_SLICES).tolist())

    def edit(dataset, phase, index):
        dataset.InstanceNumber = next(shuffled)
        setattr(dataset, keyword, values[phase])

    write_series(tmp_path, PHASES, edit=edit)
    wanted = sorted(range(3), key=lambda phase: values[phase])
    for one, phase in zip(find_series(tmp_path).series, wanted, strict=True):
        assert is_same(read_volume(tmp_path, one.key), PHASES[phase])


def test_times_that_run_on_within_a_phase_still_tell_phases_apart(tmp_path):
    def edit(dataset, phase, index):
        dataset.AcquisitionTime = f"10{phase:02}{index:02}.5"

    write_series(tmp_path, PHASES, edit=edit, interleaved=True)
    for one, truth in zip(find_series(tmp_path).series, PHASES, strict=True):
        assert is_same(read_volume(tmp_path, one.key), truth)


def test_a_missing_slice_is_refused_and_the_gap_is_named(tmp_path):
    write_series(tmp_path, PLAIN, left_out=[(0, 4)])
    with pytest.raises(
        ContractError,
        match=r"6\.000 mm apart, but 1 of 8 gaps differ: 12\.000 mm between slices 4 and 5"
        r" \(at -9\.00 and 3\.00 mm\), as if 1 slices were missing",
    ):
        read_volume(tmp_path)
    # SimpleITK closes the gap and stretches the others.
    wrong = by_simpleitk(tmp_path)
    assert len(wrong.array) == N_SLICES - 1
    assert wrong.spacing_mm[0] == pytest.approx(9 * 6 / 8)


@pytest.mark.parametrize("slice_left_out", [0, 5, 9])
def test_a_phase_that_lacks_a_slice_is_refused_and_the_others_are_read(tmp_path, slice_left_out):
    write_series(tmp_path, PHASES, temporal_ids=True, left_out=[(1, slice_left_out)])
    found = find_series(tmp_path)
    assert [one.key[-2:] for one in found.series] == ["/0", "/2"]
    assert len(found.refused) == 1
    assert is_same(read_volume(tmp_path, found.series[1].key), PHASES[2])
    with pytest.raises(ContractError, match=r"1 slices were missing|has 9 slices and the others"):
        read_volume(tmp_path, found.series[0].series_uid + "/1")


def test_phases_that_nothing_tells_apart_are_refused(tmp_path):
    def edit(dataset, phase, index):
        dataset.InstanceNumber = 1

    write_series(tmp_path, PHASES, edit=edit)
    with pytest.raises(ContractError, match="30 slices lie at 10 positions, up to 3 at one"):
        read_volume(tmp_path)


def test_every_second_slice_missing_contradicts_the_stated_spacing(tmp_path):
    write_series(tmp_path, PLAIN, left_out=[(0, index) for index in range(1, N_SLICES, 2)])
    with pytest.raises(ContractError, match=r"12\.000 mm apart, but the header states .* 6 mm"):
        read_volume(tmp_path)


def test_two_echoes_of_one_series_are_two_volumes(tmp_path):
    uid = generate_uid()
    for echo, volume in ((20, PHASES[0]), (90, PHASES[2])):
        tags = {"EchoTime": echo, "SeriesInstanceUID": uid}
        write_series(tmp_path / str(echo), volume, tags=tags)
    series = find_series(tmp_path).series
    assert {one.echo_time_ms: one.n_slices for one in series} == {20: 10, 90: 10}
    for one in series:
        truth = PHASES[0] if one.echo_time_ms == 20 else PHASES[2]
        assert is_same(read_volume(tmp_path, one.key), truth)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ImageType", ["DERIVED", "PRIMARY", "DIXON", "WATER"]),
        ("SeriesDescription", "another"),
        ("DiffusionBValue", 500.0),
    ],
)
def test_kinds_of_image_in_one_series_are_volumes_of_their_own(tmp_path, keyword, value):
    def edit(dataset, phase, index):
        if phase == 1:
            setattr(dataset, keyword, value)

    write_series(tmp_path, PHASES[:2], edit=edit)
    series = find_series(tmp_path).series
    assert [one.n_slices for one in series] == [N_SLICES, N_SLICES]
    for one, truth in zip(series, PHASES[:2], strict=True):
        assert is_same(read_volume(tmp_path, one.key), truth)


def test_each_slice_is_rescaled_by_its_own_header(tmp_path):
    def edit(dataset, phase, index):
        slope = 0.5 + 0.1 * index
        stored = np.rint(PLAIN.array[index] / slope).astype(np.uint16)
        dataset.PixelData = stored.tobytes()
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{slope:.3f}", "-3"

    write_series(tmp_path, PLAIN, edit=edit)
    assert np.abs(read_volume(tmp_path).array + 3 - PLAIN.array).max() < 1


def test_a_coronal_series_is_read_head_up(tmp_path):
    turned = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0)
    made = replace(PLAIN, array=PLAIN.array[:, ::-1], direction=turned)
    write_series(tmp_path, made)
    volume = read_volume(tmp_path)
    assert find_series(tmp_path).series[0].orientation == "coronal"
    assert is_same(volume, volume_of(image_of(made)))
    assert volume.direction == pytest.approx(np.eye(3).ravel())


def test_a_volume_of_several_must_be_named(tmp_path):
    write_series(tmp_path, PLAIN)
    write_series(tmp_path, PHASES[1], tags={"SeriesNumber": 6, "SeriesDescription": "portal"})
    with pytest.raises(ContractError, match=r"found 2 \(.* \(portal\)'\).*name one in the column"):
        read_volume(tmp_path)
    with pytest.raises(ContractError, match=r"with the key '1\.2\.3', but found '1\.2"):
        read_volume(tmp_path, "1.2.3")


def only_last(change):
    """Return an edit of the last slice, whose loss no gap betrays."""

    def edit(dataset, phase, index):
        if index == N_SLICES - 1:
            change(dataset)

    return edit


def setting(**values):
    def change(dataset):
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


def removing(*keywords):
    def change(dataset):
        for keyword in keywords:
            delattr(dataset, keyword)

    return change


WRONG_SLICES = {
    "another orientation": (setting(ImageOrientationPatient=[-1, 0, 0, 0, 1, 0]), "orientation"),
    "skewed axes": (setting(ImageOrientationPatient=[1, 0, 0, 0.5, 0.5, 0]), "right angles"),
    "no position": (removing("ImagePositionPatient"), "lacks its position"),
    "another spacing": (setting(PixelSpacing=[2, 2]), "pixel spacing"),
    "no spacing": (setting(PixelSpacing=[0, 4]), "positive pixel spacing"),
    "another echo": (setting(EchoTime=77), "echo time"),
    "shifted": (setting(ImagePositionPatient=[-24, -16.5, 27]), "shifted sideways by 6.00 mm"),
    "too far": (setting(ImagePositionPatient=[-30, -16.5, 33]), "gaps differ: 12.000 mm"),
    "endless": (setting(ImagePositionPatient=["-30", "-16.5", "1e300"]), "gaps differ"),
    "no pixels": (removing("PixelData"), "no pixels in it"),
    "too few pixels": (setting(Rows=60000, Columns=60000), "the header claims 7200 MB of pixels"),
    "negative slope": (setting(RescaleSlope=-1, RescaleIntercept=0), "positive rescale slope"),
    "no slope": (setting(RescaleSlope=0, RescaleIntercept=0), "positive rescale slope"),
    "another frame of reference": (setting(FrameOfReferenceUID="1.2.3"), "kind"),
    "another series": (setting(SeriesInstanceUID="1.2.3"), "single slice is no volume"),
    "a colour picture": (setting(SamplesPerPixel=3), "colour image"),
    "several frames": (setting(NumberOfFrames=2), "Enhanced MR"),
    "no size": (setting(Rows=0), "holds no image"),
    "another modality": (setting(Modality="CT"), "is of modality 'CT'"),
    "fewer bits": (setting(BitsStored=4, HighBit=3), "more than the 4 bits"),
    "inverted": (setting(PhotometricInterpretation="MONOCHROME1"), "MONOCHROME2"),
}


@pytest.mark.parametrize("name", WRONG_SLICES)
def test_a_volume_with_one_wrong_slice_is_refused(tmp_path, name):
    change, message = WRONG_SLICES[name]
    write_series(tmp_path, PLAIN, edit=only_last(change))
    with pytest.raises(ContractError, match=message):
        read_volume(tmp_path)


def truncate(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.9])
@pytest.mark.parametrize("with_key", [False, True])
def test_a_truncated_last_slice_forbids_the_volume(tmp_path, share, with_key):
    files = write_series(tmp_path, PLAIN)
    key = find_series(tmp_path).series[0].key if with_key else ""
    truncate(files[-1], share)
    with pytest.raises(
        ContractError, match=r"damaged|no pixels|lacks its position|no image|names its series"
    ):
        read_volume(tmp_path, key)


def test_one_damaged_file_costs_no_other_folder(tmp_path):
    write_series(tmp_path / "sound", PLAIN)
    files = write_series(tmp_path / "damaged", PHASES[1])
    truncate(files[3], 0.02)
    found = find_series(tmp_path)
    assert [one.folder.name for one in found.series] == ["sound"]
    assert is_same(read_volume(tmp_path, found.series[0].key), PLAIN)
    assert {one.n_files for one in found.refused} == {1, N_SLICES - 1}


def test_other_files_in_the_folder_do_no_harm(tmp_path):
    write_series(tmp_path, PLAIN)
    (tmp_path / "notes.txt").write_text("read me")
    (tmp_path / "LICENSE").write_text("free")
    (tmp_path / ".hidden.dcm").write_bytes(b"\0" * 300)
    (tmp_path / "table.csv").write_bytes(b"\0\1\2")
    assert is_same(read_volume(tmp_path), PLAIN)


def test_a_copied_file_is_no_second_slice(tmp_path):
    files = write_series(tmp_path, PLAIN)
    shutil.copy(files[4], tmp_path / "copy.dcm")
    assert is_same(read_volume(tmp_path), PLAIN)


def test_two_files_that_claim_to_be_one_instance_are_refused(tmp_path):
    uid = generate_uid()

    def edit(dataset, phase, index):
        if index in (3, 4):
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = uid

    write_series(tmp_path, PLAIN, edit=edit)
    with pytest.raises(ContractError, match="2 different files say that they are the same"):
        read_volume(tmp_path)


def test_a_series_over_several_folders_is_one(tmp_path):
    for number, path in enumerate(write_series(tmp_path, PLAIN)):
        (tmp_path / f"part{number % 3}").mkdir(exist_ok=True)
        path.rename(tmp_path / f"part{number % 3}" / path.name)
    (series,) = find_series(tmp_path).series
    assert series.folder == tmp_path
    assert all((tmp_path / name).is_file() for name in series.files)
    assert is_same(read_volume(tmp_path), PLAIN)


def test_files_without_preamble_are_read(tmp_path):
    for path in write_series(tmp_path, PLAIN):
        content = path.read_bytes()
        meta_end = 132 + 12 + int.from_bytes(content[140:144], "little")
        path.write_bytes(content[meta_end:])
    assert is_same(read_volume(tmp_path), PLAIN)


def test_run_lengths_are_decoded(tmp_path):
    for path in write_series(tmp_path, PLAIN):
        dataset = pydicom.dcmread(path)
        dataset.compress(RLELossless, generate_instance_uid=False)
        dataset.save_as(path)
    assert is_same(read_volume(tmp_path), PLAIN)


def test_a_compression_without_a_decoder_is_refused_with_the_way_out(tmp_path):
    for path in write_series(tmp_path, PLAIN):
        dataset = pydicom.dcmread(path)
        dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1
        dataset.PixelData = pydicom.encaps.encapsulate([dataset.PixelData])
        dataset["PixelData"].is_undefined_length = True
        dataset.save_as(path)
    assert len(find_series(tmp_path).series) == 1
    with pytest.raises(ContractError, match=r"cannot be decoded .*store the series uncompressed"):
        read_volume(tmp_path)


def test_a_length_of_gigabytes_takes_no_memory(tmp_path):
    files = write_series(tmp_path, PLAIN)
    content = bytearray(files[-1].read_bytes())
    # The length of the pixel data, an element of 32-bit length; the pixels are all there.
    place = content.index(b"\xe0\x7f\x10\x00OW")
    content[place + 8 : place + 12] = b"\xf0\xff\xff\x7f"
    files[-1].write_bytes(bytes(content))
    tracemalloc.start()
    assert is_same(read_volume(tmp_path), PLAIN)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**26


def test_a_slope_that_breaks_one_slice_is_refused(tmp_path):
    def change(dataset):
        dataset.RescaleSlope, dataset.RescaleIntercept = 40, 0

    write_series(tmp_path, PLAIN, edit=only_last(change))
    with pytest.raises(ContractError, match="rescale slopes from 1 to 40 make neighbouring slices"):
        read_volume(tmp_path)


def test_real_slices_are_listed_but_are_no_volume(shared_data, tmp_path):
    folder = shared_data / "data" / "mr_single"
    if not folder.is_dir():
        pytest.skip(f"no single slices at {folder}")
    found = find_series(folder)
    assert found.series == ()
    # One series UID, two sizes.
    assert [one.reason for one in found.refused] == ["a single slice is no volume"] * 2
    assert {one.description for one in found.refused} == {"marked lesion<MPR Collection>"}
    with pytest.raises(ContractError, match="expected a DICOM volume, but found none: 'a single"):
        read_volume(folder)


def test_a_volume_that_highdicom_places_elsewhere_is_refused(tmp_path, monkeypatch):
    import highdicom

    genuine = highdicom.get_volume_from_series
    monkeypatch.setattr(
        highdicom, "get_volume_from_series", lambda *given, **how: genuine(*given, **how)[:, 1:]
    )
    write_series(tmp_path, PLAIN)
    with pytest.raises(ContractError, match=r"highdicom places or scales voxels .* differently"):
        read_volume(tmp_path)


def test_a_missing_folder_and_an_empty_one_are_refused(tmp_path):
    with pytest.raises(ContractError, match="there is no file"):
        read_volume(tmp_path / "absent")
    with pytest.raises(ContractError, match="expected a DICOM volume, but found none; name"):
        read_volume(tmp_path)
    with pytest.raises(ContractError, match="expected a folder with DICOM files"):
        find_series(tmp_path / "absent")


def test_the_listing_says_what_the_headers_say(tmp_path):
    tags = {
        "SeriesDescription": "AX  LAVA PV",
        "ContrastBolusAgent": "Gadovist",
        "ContrastBolusStartTime": "095930",
        "AcquisitionTime": "100040.250000",
        "ScanOptions": ["FS", "PFP"],
        "MagneticFieldStrength": 3,
        "FlipAngle": 12,
    }
    write_series(tmp_path / "s", grid((5, 8, 9), (4.0, 1.5, 2.0)), tags=tags)
    (one,) = find_series(tmp_path).series
    assert (one.patient_id, one.study_date, one.series_number) == ("P1", "2020-01-02", 5)
    assert (one.rows, one.columns, one.n_slices) == (8, 9, 5)
    assert one.spacing_mm == (4.0, 1.5, 2.0)
    assert (one.description, one.contrast_agent, one.scan_options) == (
        "AX LAVA PV",
        "Gadovist",
        ("FS", "PFP"),
    )
    assert (one.bolus_s, one.acquisition_s) == (35970, 36040.25)
    assert (one.field_strength_t, one.flip_angle_deg) == (3, 12)
    assert one.orientation == "axial"
