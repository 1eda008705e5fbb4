"""How often are t1, t2 and pvp found among real series, and how often wrongly? See README.md.

python experiments/series/run.py --half development [--folder experiments/series/results]

Writes scores_<half>.csv, studies_<half>.csv and confusion_<half>.csv; takes seconds.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from labelled import (
    ABSENT,
    ASKED,
    OPEN,
    RIGHT,
    WRONG,
    count_bases,
    count_confusion,
    judge_study,
    read_studies,
)

from cirrhosis.contracts.files import write_table
from cirrhosis.contracts.series import SEQUENCES
from cirrhosis.statistics.proportions import proportion_interval

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Score one half of the patients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["development", "frozen"], required=True)
    parser.add_argument("--folder", type=Path, default=RESULTS)
    options = parser.parse_args()
    studies = read_studies(options.half)
    verdicts = pd.DataFrame(
        [
            {"patient_id": study.patient_id, "study_date": study.study_date, **judge_study(study)}
            for study in studies
        ]
    )
    verdicts = verdicts.assign(study=verdicts[list(SEQUENCES)].agg(judge_all, axis="columns"))
    confusion = count_confusion(studies)
    scores = pd.DataFrame([*score_choices(verdicts), *score_volumes(confusion)])
    write_table(verdicts, options.folder / f"studies_{options.half}.csv")
    write_table(confusion.reset_index(), options.folder / f"confusion_{options.half}.csv")
    write_table(scores.round(4), options.folder / f"scores_{options.half}.csv")
    print(scores.round(3).to_string(index=False))
    print(confusion.to_string())
    print("studies:", dict(Counter(verdicts["study"])))
    bases = Counter(pair for study in studies for pair in count_bases(study))
    print("labels behind right choices:", dict(sorted(bases.items())))


def judge_all(verdicts: pd.Series) -> str:
    """Return the verdict on a study: one wrong sequence makes it wrong."""
    for verdict in (WRONG, ASKED, OPEN):
        if verdict in set(verdicts):
            return verdict
    return RIGHT if ABSENT not in set(verdicts) else "right, some absent"


def score_choices(verdicts: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield recall and precision of the chosen volume over studies."""
    for sequence in SEQUENCES:
        counts = Counter(verdicts[sequence])
        right, wrong = counts[RIGHT], counts[WRONG]
        # A wrong choice where nothing was right to choose is no missed one; the labels tell.
        yield _row("choice", sequence, "precision", right, right + wrong)
        yield _row("choice", sequence, "recall", right, right + wrong + counts[ASKED])
    whole = verdicts[list(SEQUENCES)]
    possible = ~whole.isin([ABSENT, OPEN]).any(axis="columns")
    all_right = (whole == RIGHT).all(axis="columns")
    any_wrong = (whole == WRONG).any(axis="columns")
    yield _row("study", "all three", "right", int(all_right.sum()), int(possible.sum()))
    yield _row("study", "any", "wrong", int(any_wrong.sum()), len(whole))


def score_volumes(confusion: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Yield recall and precision over volumes with a decidable label."""
    decidable = confusion.drop(index="undecidable")
    for sequence in SEQUENCES:
        right = int(decidable.loc[sequence, sequence])
        yield _row("volume", sequence, "precision", right, int(decidable[sequence].sum()))
        yield _row("volume", sequence, "recall", right, int(decidable.loc[sequence].sum()))


def _row(unit: str, sequence: str, score: str, n: int, of: int) -> dict[str, object]:
    estimate = proportion_interval(n, of, method="wilson")
    return {
        "unit": unit,
        "sequence": sequence,
        "score": score,
        "n": n,
        "of": of,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
    }


if __name__ == "__main__":
    main()
