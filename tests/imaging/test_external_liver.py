"""Livers by another program: a small one of Python stands for MRSegmentator."""

import os
import pickle
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.external_liver import open_external_segmenter
from cirrhosis.imaging.external_settings import ExternalSettings
from cirrhosis.imaging.geometry import image_of, like
from tests.imaging.made_volumes import abdomen, liver_mask, write

# `-S` spares the packages, which only one of the programs needs.
PROGRAM = """#!{python} -{options}
import os, shutil, subprocess, sys, time
words = sys.argv[1:]
if words == ["--version"]:
    print("tool 7.1")
    sys.exit()
source, output = words[1], words[3]
{body}
"""
COPY = "shutil.copy({mask!r}, output + '/volume_seg.nii.gz')"
SLEEPER = "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(300)'{session})"


@pytest.fixture
def labels(tmp_path) -> Path:
    """Organs of the made abdomen: the liver is 5, and a second, small part of it lies apart."""
    return write(organs(), tmp_path / "labels.nii.gz")


def organs() -> Volume:
    array = liver_mask().array.astype(np.uint8) * 5
    array[2, 2:4, 2:4] = 5
    array[-3:, -5:, -5:] = 7
    return like(liver_mask(), array)


def program(folder: Path, body: str, options: str = "ES") -> Path:
    path = folder / "tool"
    path.write_text(PROGRAM.format(python=sys.executable, options=options, body=body))
    path.chmod(0o755)
    return path


def segment(folder: Path, body: str, *, source: str = "mrsegmentator", **given):
    path = program(folder, body, given.pop("options", "ES"))
    settings = ExternalSettings(executable=str(path), **({"timeout_s": 60.0} | given))
    return open_external_segmenter(source, settings)(
        abdomen(), patient_id="A1", mask_path=Path("absent.nii.gz")
    )


def test_the_largest_part_of_the_liver_class_comes_back_on_the_grid(tmp_path, labels):
    mask, source, flags = segment(tmp_path, COPY.format(mask=str(labels)))
    assert mask.same_grid(abdomen())
    assert mask.array.dtype == np.uint8
    np.testing.assert_array_equal(mask.array, liver_mask().array > 0)
    assert source == "mrsegmentator tool 7.1"
    assert flags == ()


def test_the_program_reads_the_very_volume(tmp_path):
    body = (
        "import SimpleITK as sitk\n"
        "image = sitk.ReadImage(source)\n"
        "sitk.WriteImage(sitk.Cast(image > 430, sitk.sitkUInt8) * 5, output + '/seg.nii.gz')"
    )
    mask = segment(tmp_path, body, options="E").mask
    volume = abdomen()
    assert mask.same_grid(volume)
    assert (volume.array[mask.array == 1] > 430).all()


def test_totalsegmentator_is_asked_for_the_liver_and_its_own_file_is_found(tmp_path):
    alone = write(
        like(liver_mask(), (liver_mask().array > 0).astype(np.uint8)), tmp_path / "m.nii.gz"
    )
    body = (
        "assert words[4:] == ['-ta', 'total_mr', '-rs', 'liver', '--fast'], words\n"
        "assert os.environ['TOTALSEG_HOME_DIR'] == '/', os.environ\n"
        "open(output + '/preview.nii.gz', 'w').close()\n"
        f"shutil.copy({str(alone)!r}, output + '/liver.nii.gz')"
    )
    given = {"arguments": ("--fast",), "weights": str(weights_in(tmp_path))}
    body = body.replace("'/'", repr(given["weights"]))
    mask = segment(tmp_path, body, source="totalsegmentator", **given).mask
    np.testing.assert_array_equal(mask.array, liver_mask().array > 0)


def test_words_reach_the_program_as_they_are_and_no_shell_reads_them(tmp_path, labels):
    words = ("--name", "a b; touch /tmp/never $(id)")
    body = f"assert tuple(words[4:]) == {words!r}, words\n" + COPY.format(mask=str(labels))
    assert segment(tmp_path, body, arguments=words).mask.array.any()


def test_the_program_finds_its_own_modules(tmp_path, labels, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/of/ours")
    body = "assert 'PYTHONPATH' not in os.environ\n" + COPY.format(mask=str(labels))
    assert segment(tmp_path, body).mask.array.any()


MOVED = {
    "spacing": lambda image: image.SetSpacing([4.0, 4.0, 5.0]),
    "origin": lambda image: image.SetOrigin([0.0, 0.0, 0.0]),
    "direction": lambda image: image.SetDirection([-1, 0, 0, 0, -1, 0, 0, 0, 1]),
}


@pytest.mark.parametrize("what", MOVED)
def test_another_grid_is_refused(tmp_path, what):
    image = image_of(organs())
    MOVED[what](image)
    sitk.WriteImage(image, str(tmp_path / "moved.nii.gz"))
    with pytest.raises(ContractError, match="on the grid that it was given"):
        segment(tmp_path, COPY.format(mask=str(tmp_path / "moved.nii.gz")))


def test_turned_axes_are_refused_though_each_voxel_is_at_its_place(tmp_path):
    turned = sitk.DICOMOrient(image_of(organs()), "RAS")
    sitk.WriteImage(turned, str(tmp_path / "turned.nii.gz"))
    with pytest.raises(ContractError, match="on the grid that it was given"):
        segment(tmp_path, COPY.format(mask=str(tmp_path / "turned.nii.gz")))


def test_another_size_is_refused(tmp_path):
    write(like(organs(), organs().array[:-1]), tmp_path / "short.nii.gz")
    with pytest.raises(ContractError, match="23 x 64 x 64 voxels"):
        segment(tmp_path, COPY.format(mask=str(tmp_path / "short.nii.gz")))


def test_a_mirrored_mask_is_flagged(tmp_path):
    write(like(organs(), organs().array[:, :, ::-1]), tmp_path / "mirrored.nii.gz")
    result = segment(tmp_path, COPY.format(mask=str(tmp_path / "mirrored.nii.gz")))
    assert result.flags == ("liver_on_the_left",)


def test_no_liver_is_refused_with_what_there_is(tmp_path, labels):
    with pytest.raises(ContractError, match=r"class 3 .* found only '0', '5', '7'"):
        segment(tmp_path, COPY.format(mask=str(labels)), class_index=3)


@pytest.mark.parametrize(
    ("body", "found"), [("", "none"), ("open(output + '/seg.txt', 'w').close()", "none")]
)
def test_a_program_that_writes_no_mask_is_refused(tmp_path, body, found):
    with pytest.raises(ContractError, match=f"wrote {found}"):
        segment(tmp_path, body)


def test_several_masks_are_refused(tmp_path):
    body = "for name in 'ab': open(output + f'/{name}.nii.gz', 'w').close()"
    with pytest.raises(ContractError, match=r"wrote 'a\.nii\.gz', 'b\.nii\.gz'"):
        segment(tmp_path, body)


def test_a_damaged_mask_is_refused(tmp_path):
    with pytest.raises(ContractError, match="cannot be unpacked"):
        segment(tmp_path, "open(output + '/seg.nii.gz', 'w').write('mask')")


def test_a_failure_tells_its_last_words(tmp_path):
    body = (
        "sys.stderr.write('10%\\r20%\\rno GPU\\n' * 30 + 'the last\\n'); print('out'); sys.exit(3)"
    )
    with pytest.raises(ContractError, match=r"ended with 3; .*no GPU \| the last$"):
        segment(tmp_path, body)


def test_a_crash_is_told_by_its_signal(tmp_path):
    with pytest.raises(ContractError, match="was killed by SIGSEGV; it last printed: nothing"):
        segment(tmp_path, "os.kill(os.getpid(), 11)")


@pytest.mark.parametrize("session", ["]", "], start_new_session=True"])
def test_a_program_that_hangs_is_ended_with_its_children(tmp_path, session):
    pids = tmp_path / "pids"
    body = (
        f"child = {SLEEPER.format(session=session)}\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "print('loading', flush=True)\n"
        "time.sleep(300)"
    )
    with pytest.raises(ContractError, match=r"within 1 s .* it last printed: loading"):
        segment(tmp_path, body, timeout_s=1.0)
    assert_gone(pids)


def test_a_child_that_was_left_behind_is_ended(tmp_path, labels):
    pids = tmp_path / "pids"
    body = (
        f"child = {SLEEPER.format(session=']')}\n"
        f"open({str(pids)!r}, 'w').write(str(child.pid))\n" + COPY.format(mask=str(labels))
    )
    assert segment(tmp_path, body).mask.array.any()
    assert_gone(pids)


def assert_gone(pids: Path) -> None:
    deadline = time.monotonic() + 20
    numbers = [int(word) for word in pids.read_text().split()]
    assert numbers
    while any(is_alive(number) for number in numbers):
        assert time.monotonic() < deadline, "it lives on"
        time.sleep(0.02)


def is_alive(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_nothing_is_left_in_the_folder_for_temporary_files(tmp_path, labels, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    body = f"assert source.startswith({str(temporary)!r})\n" + COPY.format(mask=str(labels))
    assert segment(tmp_path, body).mask.array.any()
    with pytest.raises(ContractError):
        segment(tmp_path, "sys.exit(1)")
    assert not list(temporary.iterdir())


def test_an_absent_program_is_named_with_how_to_install_it():
    with pytest.raises(ContractError, match=r"'/no/such'.*bin/pip install mrsegmentator"):
        open_external_segmenter("mrsegmentator", ExternalSettings(executable="/no/such"))


def test_a_program_for_another_machine_is_told_plainly(tmp_path):
    path = tmp_path / "tool"
    path.write_bytes(b"\x7fELF no program")
    path.chmod(0o755)
    segmenter = open_external_segmenter("mrsegmentator", ExternalSettings(executable=str(path)))
    with pytest.raises(ContractError, match="cannot be started"):
        segmenter(abdomen(), patient_id="A1", mask_path=None)


def test_an_unknown_tool_is_refused():
    with pytest.raises(ContractError, match="mrsegmentator, totalsegmentator"):
        open_external_segmenter("nnunet", ExternalSettings())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"arguments": "--fast"}, "as a list of words"),
        ({"timeout_s": 0.0}, "timeout_s` above 0"),
        ({"class_index": 0}, "0 is background"),
    ],
)
def test_settings_that_cannot_be_called_are_refused(given, message):
    with pytest.raises(ContractError, match=message):
        ExternalSettings(**given)


def weights_in(folder: Path) -> Path:
    weights = folder / "weights"
    (weights / "fold_0").mkdir(parents=True, exist_ok=True)
    (weights / "fold_0/checkpoint.pth").write_bytes(b"1234")
    (weights / "config.json").write_text("1")
    return weights


def identify(folder: Path, source: str = "mrsegmentator", **given) -> str:
    settings = ExternalSettings(executable=str(folder / "tool"), **given)
    return open_external_segmenter(source, settings).identify("A1")


def test_the_identity_follows_what_changes_masks_and_nothing_else(tmp_path):
    program(tmp_path, "")
    weights = weights_in(tmp_path)
    given = {"weights": str(weights)}
    known = identify(tmp_path, **given)
    assert identify(tmp_path, **given, timeout_s=5.0) == known
    assert identify(tmp_path, **given, class_index=5) == known
    different = {
        identify(tmp_path, **given, class_index=6),
        identify(tmp_path, **given, arguments=("--fast",)),
        identify(tmp_path, "totalsegmentator", **given),
        identify(tmp_path),
    }
    (weights / "fold_0/checkpoint.pth").write_bytes(b"12345")
    different.add(identify(tmp_path, **given))
    program(tmp_path, "").write_text(program(tmp_path, "").read_text().replace("7.1", "7.2"))
    different.add(identify(tmp_path, **given))
    assert len(different - {known}) == 6


def test_a_counter_of_calls_among_the_weights_changes_no_identity(tmp_path):
    program(tmp_path, "")
    weights = weights_in(tmp_path)
    known = identify(tmp_path, "totalsegmentator", weights=str(weights))
    (weights / "config.json").write_text("10")
    assert identify(tmp_path, "totalsegmentator", weights=str(weights)) == known


def test_the_release_is_read_from_the_environment_of_the_program(tmp_path):
    environment = tmp_path / "env"
    packages = environment / "lib/python3.10/site-packages"
    (packages / "MRSegmentator-2.0.0.dist-info").mkdir(parents=True)
    (environment / "bin").mkdir()
    program(environment / "bin", "")
    settings = ExternalSettings(executable=str(environment / "bin/tool"))
    assert open_external_segmenter("mrsegmentator", settings).version == "2.0.0"


def test_a_program_that_tells_no_release_is_told_by_its_bytes(tmp_path):
    path = tmp_path / "tool"
    for text in ("#!/bin/sh\nexit 2\n", "#!/bin/sh\nexit 3\n"):
        path.write_text(text)
        path.chmod(0o755)
        segmenter = open_external_segmenter("mrsegmentator", ExternalSettings(executable=str(path)))
        assert segmenter.version == "unknown"
    first = segmenter.identity
    path.write_text("#!/bin/sh\nexit 2\n")
    assert identify(tmp_path) != first


@pytest.mark.parametrize("weights", ["absent", "empty"])
def test_named_weights_that_are_not_there_are_refused(tmp_path, weights):
    program(tmp_path, "")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ContractError, match="expected the weights of mrsegmentator"):
        identify(tmp_path, weights=str(tmp_path / weights))


def test_workers_can_be_sent_the_segmenter(tmp_path, labels):
    path = program(tmp_path, COPY.format(mask=str(labels)))
    settings = ExternalSettings(executable=os.path.relpath(path))
    segmenter = open_external_segmenter("mrsegmentator", settings)
    assert pickle.loads(pickle.dumps(segmenter)) == segmenter
    assert segmenter.executable.is_absolute()
