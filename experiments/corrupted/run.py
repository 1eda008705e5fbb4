"""Prepare 200 corrupted studies, one process each, and say how every one ended."""

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import sys
import time
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

# Run as a file, its own folder is searched for imports, not the repository.
sys.path.insert(0, str(Path(__file__).parents[2]))

from cirrhosis.contracts.cohort import read_cohort, write_cohort
from cirrhosis.contracts.files import write_json, write_table
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.splits import Splits
from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.intensities import IntensitySettings
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.preparation import prepare_cohort
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.registration import choose_registrar
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.settings import PrepareSettings
from experiments.corrupted.corruptions import Corruption, all_corruptions
from experiments.corrupted.good_study import (
    FIXED,
    MOVING,
    made_volumes,
    real_volumes,
    write_study,
)
from experiments.corrupted.verdict import (
    CRASH,
    HANG,
    MEMORY,
    NOTICED,
    REFUSED,
    WRONG,
    Verdict,
    judge,
)

SETTINGS = PrepareSettings(
    registration=RegistrationSettings(
        shrink_factors=(2,), smoothing_mm=(3.0,), iterations=30, spacing_mm=4.0
    ),
    intensities=IntensitySettings(image_size=64),
)
FORBIDDEN = (CRASH, HANG, MEMORY, WRONG)


def prepare_study(folder: Path, places: dict[str, Path], patient_id: str) -> Verdict | None:
    """Run the whole preparation on one study; None where it went through unflagged."""
    volumes = pd.DataFrame(
        {
            "patient_id": patient_id,
            "sequence": [FIXED, MOVING],
            "path": [str(places[FIXED]), str(places[MOVING])],
            "liver_mask_path": [str(places["liver"]), None],
        }
    )
    write_cohort(folder, pd.DataFrame({"patient_id": [patient_id]}), volumes)
    # A split file needs folds of several patients; here is one.
    row = {"patient_id": [patient_id], "study_date": pd.NA, "target": 0, "split": "external"}
    splits = Splits("one", "0", pd.DataFrame(row | {"fold": pd.NA, "excluded_for": pd.NA}))
    summary = prepare_cohort(
        read_cohort(folder),
        splits,
        folder / "store",
        name="store",
        settings=SETTINGS,
        reader=read_volume,
        segmenter=FileLiverSegmenter(SETTINGS.liver),
        registrar=choose_registrar(SETTINGS.registration),
        n_workers=1,
        progress=silent,
    )
    if len(summary.failures):
        reason = str(summary.failures["reason"].iloc[0])
        return Verdict(MEMORY if "MemoryError" in reason else REFUSED, reason)
    # What the sound study is flagged for as well says nothing about the corruption.
    noted = flags_of(folder) - flags_of(folder.parent / "sound")
    return Verdict(NOTICED, "; ".join(sorted(noted))) if noted else None


def flags_of(folder: Path) -> set[str]:
    """Return everything that `qc.csv` of a study holds against it."""
    quality = folder / "store" / "qc.csv"
    if not quality.is_file():
        return set()
    cells = pd.read_csv(quality).filter(regex="flags|reasons").to_numpy().ravel()
    return {word.strip() for cell in cells if isinstance(cell, str) for word in cell.split(";")}


def work(corruption: Corruption, truth: dict[str, Volume], folder: Path, memory_gb: float) -> None:
    """Corrupt, prepare and judge one study; the verdict is written to its folder."""
    limit = int(memory_gb * 2**30)
    places = write_study(truth, folder / "study", corruption.suffix)
    seed = zlib.crc32(corruption.patient_id.encode())
    corruption.corrupt(places[corruption.role], np.random.default_rng(seed))
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"
    verdict = prepare_study(folder, places, corruption.patient_id)
    if verdict is None or verdict.ending == NOTICED:
        compared = judge(places, truth, folder / "store")
        # A flag is a notice only of what is wrong.
        wrong_but_noticed = verdict is not None and compared.ending == WRONG
        verdict = verdict if wrong_but_noticed else compared
    write_json(verdict._asdict(), folder / "verdict.json")


def end_of(
    corruption: Corruption, truth: dict[str, Volume], folder: Path, *, limits: argparse.Namespace
) -> Verdict:
    """Return how one study ended, in a process of its own with limits of time and memory."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # A fork shares what is loaded; nothing here starts ITK before it.
    process = multiprocessing.get_context("fork").Process(
        target=work, args=(corruption, truth, folder, limits.memory_gb)
    )
    process.start()
    process.join(limits.seconds)
    if process.is_alive():
        process.kill()
        process.join()
        return Verdict(HANG, f"longer than {limits.seconds} s")
    found = folder / "verdict.json"
    if process.exitcode or not found.is_file():
        return Verdict(CRASH, f"exit code {process.exitcode}")
    return Verdict(**json.loads(found.read_text()))


def main(arguments: list[str] | None = None) -> int:
    """Run all or some corruptions and write a table and a summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, help="folder of image_<id>.nii.gz, label_<id>.nii.gz")
    parser.add_argument("--number", type=int, default=1, help="id of the real volume")
    parser.add_argument("--every", type=int, default=1, help="take every n-th corruption")
    parser.add_argument("--only", default="", help="take those whose id holds this text")
    parser.add_argument("--seconds", type=float, default=120, help="limit of one study")
    parser.add_argument("--memory-gb", type=float, default=6, help="limit of address space")
    parser.add_argument("--out", type=Path, default=Path("outputs/corrupted"))
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args(arguments)
    truth = real_volumes(options.real, options.number) if options.real else made_volumes()
    chosen = [one for one in all_corruptions() if options.only in one.patient_id][:: options.every]
    sound = Corruption("sound", ".nii", FIXED, 0, lambda path, rng: None)
    start = time.monotonic()
    if not (options.out / "sound" / "store" / "manifest.json").is_file():
        print("sound:", *end_of(sound, truth, options.out / "sound", limits=options))
    rows = []
    for number, corruption in enumerate(chosen, 1):
        folder = options.out / corruption.patient_id
        ending, reason = end_of(corruption, truth, folder, limits=options)
        shutil.rmtree(folder, ignore_errors=True)
        reason = " ".join(reason.replace(str(folder), "").split())
        rows.append((corruption.suffix, corruption.role, corruption.name, ending, reason))
        print(f"{number}/{len(chosen)} {corruption.patient_id}: {ending} {reason[:90]}", flush=True)
    table = pd.DataFrame(rows, columns=["format", "file", "corruption", "ending", "reason"])
    counts = Counter(table["ending"])
    source = "real" if options.real else "made"
    write_table(table, options.results / f"{source}.csv")
    summary = {"inputs": len(table), "seconds": round(time.monotonic() - start)}
    write_json(summary | dict(counts), options.results / f"{source}.json")
    print(dict(counts))
    return int(any(counts[word] for word in FORBIDDEN))


if __name__ == "__main__":
    sys.exit(main())
