"""From DICOM headers to the names of sequences, through the real finder."""

import numpy as np
from pydicom.uid import generate_uid

from cirrhosis.contracts.series import PVP, T1, T2
from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.dicom_series import find_series
from cirrhosis.imaging.sequence_identification import identify_sequences
from tests.imaging.made_dicom import write_series

STUDY = {"PatientID": "P1", "StudyInstanceUID": generate_uid()}


def made_volume():
    array = np.arange(18 * 4 * 4, dtype=np.float32).reshape(18, 4, 4)
    return Volume(array, (5.0, 2.0, 2.0), (0.0, 0.0, 0.0), tuple(np.eye(3).ravel()))


def write(folder, number, description, *, phases=1, times=("100000",), **tags):
    def edit(dataset, phase, _):
        dataset.AcquisitionTime = times[phase]

    words = {"SeriesNumber": number, "SeriesDescription": description}
    write_series(folder, [made_volume()] * phases, tags=STUDY | words | tags, edit=edit)


def test_a_study_of_four_series_is_named_by_its_headers(tmp_path):
    write(tmp_path, 2, "ax t2 fs", times=("095000",), ScanningSequence="SE", EchoTime=90)
    write(tmp_path, 3, "ax t2*", times=("095500",), EchoTime=20)
    write(tmp_path, 4, "ax lava", times=("100000",))
    post = ("100500", "100535", "100800")
    write(tmp_path, 5, "ax lava +c", phases=3, times=post)
    found = find_series(tmp_path)
    assert not found.refused
    choices = identify_sequences(found.series).choices
    assert {one.sequence: one.series.series_number for one in choices} == {T1: 4, T2: 2, PVP: 5}
    portal = next(one for one in choices if one.sequence == PVP)
    assert portal.series.part == 1
    assert "starts 35 s after the first phase" in portal.reason
    assert "TR 4.5 ms" in portal.reason
