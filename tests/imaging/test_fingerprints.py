from cirrhosis.imaging.artefacts import fingerprint, fingerprint_volumes
from cirrhosis.imaging.dicom_series import find_series
from cirrhosis.imaging.study import VolumeFile
from tests.imaging.made_dicom import write_series
from tests.imaging.made_volumes import abdomen


def test_a_named_series_is_known_by_its_own_files(tmp_path):
    write_series(tmp_path, abdomen("t1"), tags={"SeriesDescription": "t1"})
    write_series(tmp_path, abdomen("t2"), tags={"SeriesDescription": "t2"})
    keys = {one.description: one.key for one in find_series(tmp_path).series}
    volumes = {name: VolumeFile(tmp_path, key) for name, key in keys.items()}
    before = fingerprint_volumes(volumes)
    assert before["t1"] != before["t2"]
    # Another series that comes into the folder concerns nobody; a changed slice its volume.
    other = write_series(tmp_path, abdomen("pvp"), tags={"SeriesDescription": "pvp"})
    assert fingerprint_volumes(volumes) == before
    assert fingerprint(tmp_path) != fingerprint(other[0])
    t2 = next(one for one in find_series(tmp_path).series if one.description == "t2")
    path = t2.folder / t2.files[0]
    path.write_bytes(path.read_bytes()[:-2] + b"\x07\x07")
    after = fingerprint_volumes(volumes)
    assert (after["t1"], after["t2"] == before["t2"]) == (before["t1"], False)
