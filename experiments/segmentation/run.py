"""How well does the cohort's own segmenter find the liver? See README.md beside this file.

python experiments/segmentation/run.py --data FOLDER --json FILE [--slices] [WORD ...]
python experiments/segmentation/run.py --train FOLDER --test FOLDER --json FILE [WORD ...]
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirrhosis.commands.model_liver import open_model_segmenter
from cirrhosis.contracts.files import read_json, write_json, write_table
from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.volume import LiverMask, Volume
from cirrhosis.evaluation.mask_scores import COLUMNS, score_mask
from cirrhosis.evaluation.mask_table import tabulate_masks
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.liver_settings import LiverSettings
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.slices import SliceSettings, liver_areas, select_slices
from cirrhosis.reporting.segmentation_pictures import OutlinedCase, draw_case

sys.path.insert(0, str(Path(__file__).parent))
from cases import Case, draw_folds, list_cases, write_cohort_of

NAME = "segmentation"
CLOSE = 2


def main() -> None:
    """Train what is missing, then score every volume that its model has not seen."""
    options = read_options()
    root = options.out.absolute()
    cases, judged, folds = choose_cases(options)
    write_cohort_of(
        cases, folds, options.sequence, root / "cohorts" / NAME, root / "splits" / f"{NAME}.csv"
    )
    os.environ["CIRRHOSIS_ROOT"] = str(root)
    train(options, "0" if options.train else "all")
    found = [judge(case, segmenter_of(options, root, folds), options) for case in judged]
    report(found, options, minutes=count_minutes(options, root, folds))


def read_options() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder that is cross-validated")
    parser.add_argument("--train", type=Path, help="folder to learn from")
    parser.add_argument("--test", type=Path, help="folder to be scored")
    parser.add_argument("--json", type=Path, required=True, help="where the numbers go")
    parser.add_argument("--out", type=Path, default=Path("outputs/segmentation"))
    parser.add_argument("--label", type=int, default=1, help="value of the liver in the labels")
    parser.add_argument("--sequence", default="t2", help="name of the volumes' sequence")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--pictures", type=int, default=3, help="worst cases that are drawn")
    parser.add_argument("--slices", action="store_true", help="compare the five slices as well")
    parser.add_argument("words", nargs="*", help="overrides of train, such as segmenter=small")
    options = parser.parse_args()
    if (options.data is None) == (options.train is None or options.test is None):
        parser.error("expected --data, or --train and --test")
    options.variant = "-".join(["v", *sorted(options.words)]).replace("/", "_").replace("=", "-")
    options.variant = "default" if not options.words else options.variant
    return options


def choose_cases(
    options: argparse.Namespace,
) -> tuple[list[Case], list[Case], dict[str, int]]:
    """Return all volumes, those that are scored, and folds; of --test and --train it is 0 and 1."""
    if options.data:
        cases = list_cases(options.data)
        return cases, cases, draw_folds(cases, options.folds, options.seed)
    test, train = list_cases(options.test, "test"), list_cases(options.train, "train")
    folds = dict.fromkeys((case.name for case in test), 0)
    return test + train, test, folds | dict.fromkeys((case.name for case in train), 1)


def train(options: argparse.Namespace, fold: str) -> None:
    """Train the folds that are not finished, as a user would."""
    command = [sys.executable, "-m", "cirrhosis.commands", "train", "task=segmentation"]
    words = [
        f"name={NAME}",
        f"sequences={options.sequence}",
        f"fold={fold}",
        f"seed={options.seed}",
        f"variant='{options.variant}'",
        f"threads={options.threads}",
        f"preparation.liver.label={options.label}",
        "logger=none",
        "progress=false",
    ]
    subprocess.run([*command, *words, *options.words], check=True)


def folder_of(options: argparse.Namespace, root: Path, fold: int) -> Path:
    """Return the run folder of a fold."""
    parts = (NAME, "segmentation", options.variant, options.sequence, f"seed-{options.seed}")
    return root.joinpath("runs", *parts, f"fold-{fold}")


def count_minutes(options: argparse.Namespace, root: Path, folds: dict[str, int]) -> float:
    """Return the time of all trainings, reading and scoring included, over all starts."""
    trained = {0} if options.train else set(folds.values())
    statuses = [read_json(folder_of(options, root, fold) / "status.json") for fold in trained]
    return sum(status["seconds"] for status in statuses) / 60


def segmenter_of(options: argparse.Namespace, root: Path, folds: dict[str, int]) -> Any:
    """Return the segmenter that `prepare` uses with `liver.source=model`."""
    if options.train:
        from cirrhosis.commands.fold_models import FoldModels
        from cirrhosis.commands.model_liver import ModelLiverSegmenter

        folder = folder_of(options, root, 0)
        models = FoldModels({0: folder}, {name: 0 for name, fold in folds.items() if fold == 0})
        return ModelLiverSegmenter(NAME, models, {folder: ""}, options.threads)
    values = {"paths": {"runs": str(root / "runs")}, "seed": options.seed}
    settings = LiverSettings(source="model", model=f"{NAME}/{options.variant}")
    splits = read_splits(root / "splits" / f"{NAME}.csv")
    return open_model_segmenter(values | {"threads": options.threads}, splits, settings)


def judge(case: Case, segmenter: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Return the scores of a volume under the model that has not seen it."""
    volume = read_volume(case.image)
    by_file = FileLiverSegmenter(LiverSettings(label=options.label))
    expert = by_file(volume, patient_id=case.name, mask_path=case.label)
    start = time.monotonic()
    found = segmenter(volume, patient_id=case.name, mask_path=None)
    seconds = time.monotonic() - start
    score = score_mask(found.mask.array, expert.mask.array, volume.spacing_mm)
    print(f"{case.name}: Dice {score.dice:.3f}, {found.source}, {seconds:.1f} s", flush=True)
    return {
        "name": case.name,
        "volume": volume,
        "expert": expert,
        "found": found,
        "scores": vars(score) | {"seconds": round(seconds, 2), "source": found.source},
    }


def report(found: list[dict[str, Any]], options: argparse.Namespace, *, minutes: float) -> None:
    """Write numbers, table and pictures."""
    scores = {one["name"]: one["scores"] for one in found}
    dice = [score["dice"] for score in scores.values()]
    hd95 = [score["hd95_mm"] for score in scores.values() if score["hd95_mm"] is not None]
    content: dict[str, Any] = {
        "dice_mean": float(np.mean(dice)),
        "dice_min": float(np.min(dice)),
        "hd95_mean_mm": float(np.mean(hd95)) if hd95 else None,
        "minutes": round(minutes, 2),
        "n_volumes": len(dice),
        "settings": {"words": options.words, "seed": options.seed, "threads": options.threads},
        "volumes": scores,
    }
    if options.slices:
        content["slices"] = compare_slices(found)
    options.json.parent.mkdir(parents=True, exist_ok=True)
    write_json(content, options.json)
    rows = [
        {"patient_id": name, "sequence": options.sequence, "fold": 0} | score
        for name, score in scores.items()
    ]
    table = tabulate_masks(pd.DataFrame(rows)[list(COLUMNS)], seed=options.seed)
    write_table(table.round(4), options.json.with_suffix(".csv"))
    draw_worst(found, options)
    print(json.dumps({key: content[key] for key in list(content)[:5]}, indent=2))
    if options.slices:
        slices = content["slices"]
        print(f"five slices within {CLOSE}: {slices['n_close']} of {slices['n_volumes']}")


def compare_slices(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return by how much the five slices of the model's mask and the expert's differ."""
    differences = {}
    for one in found:
        chosen = [choose(one[side]) for side in ("found", "expert")]
        differences[one["name"]] = [int(a - b) for a, b in zip(*chosen, strict=True)]
    n_close = sum(max(map(abs, values)) <= CLOSE for values in differences.values())
    return {"n_close": n_close, "n_volumes": len(found), "differences": differences}


def choose(liver: LiverMask) -> tuple[int, ...]:
    """Return the five slices that a mask gives."""
    return select_slices(liver_areas(liver.mask.array), settings=SliceSettings()).indices


def draw_worst(found: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Draw the volumes with the lowest Dice."""
    worst = sorted(found, key=lambda one: one["scores"]["dice"])[: options.pictures]
    folder = options.out / "pictures" / options.variant
    folder.mkdir(parents=True, exist_ok=True)
    for place, one in enumerate(worst, 1):
        volume: Volume = one["volume"]
        title = f"{one['name']}: Dice {one['scores']['dice']:.3f}"
        case = OutlinedCase(
            volume.array,
            one["expert"].mask.array,
            one["found"].mask.array,
            volume.spacing_mm,
            title,
        )
        (folder / f"worst-{place}-{one['name']}.png").write_bytes(draw_case(case))
    print(f"pictures of the worst cases in {folder}")


if __name__ == "__main__":
    main()
