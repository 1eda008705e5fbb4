"""The same scores judged by other labels: how much the label's cut-off decides."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from cirrhosis.clinical.fibrosis import CIRRHOSIS
from cirrhosis.evaluation.cells import measure_cell
from cirrhosis.evaluation.fibrosis_stages import find_metavir_stages, has_ishak
from cirrhosis.evaluation.judged_patients import JudgedSplit, list_judged_splits, look_up, select
from cirrhosis.evaluation.judges import Row
from cirrhosis.evaluation.settings import EvaluationSettings

PRIMARY = "primary"
TRAINED_FOR = "the model and its threshold were fitted for the primary label"


class Label(NamedTuple):
    """A way to call patients positive.

    Attributes:
        name: Such as `>=F3`.
        minimum_stage: Positive from this METAVIR-equivalent stage on; None for the label of
            the split file.
        ishak_5_is_cirrhosis: Whether Ishak 5 equals 4; None where nobody was staged by Ishak.
        target: 0 or 1 per patient, missing where the stage is.
    """

    name: str
    minimum_stage: int | None
    ishak_5_is_cirrhosis: bool | None
    target: pd.Series


def compare_label_cut_offs(
    predictions: pd.DataFrame, facts: pd.DataFrame, *, settings: EvaluationSettings
) -> pd.DataFrame:
    """Judge each model's scores by several labels, side by side.

    Nothing is fitted again: scores and threshold are those of the primary label, and the
    rows say so. Patients without a known stage are left out of the other labels' rows.

    Args:
        predictions: Rows of several models of one or more runs.
        facts: What is known of each patient, from `join_facts`.
        settings: Choices of the evaluation; `label_cut_offs` and `cells` matter here.

    Returns:
        A row per run, model, split and label: counts, area, sensitivity and specificity at
        the primary threshold with intervals. `n_relabelled` counts patients whose class
        differs from the primary label's, `n_unstaged` those left out.

    Raises:
        ContractError: If a table breaks its contract or a patient has no facts.
    """
    labels = list(_list_labels(facts, settings))
    models = settings.label_cut_offs.models
    rows = [
        _measure(judged, label, facts, settings)
        for judged in list_judged_splits(predictions, models=models, settings=settings)
        for label in labels
    ]
    return pd.DataFrame(rows).astype({"minimum_stage": "Int64", "ishak_5_is_cirrhosis": "boolean"})


def _list_labels(facts: pd.DataFrame, settings: EvaluationSettings) -> Iterator[Label]:
    yield Label(PRIMARY, None, None, facts["target"])
    default = settings.stages.ishak_5_is_cirrhosis
    for stage in sorted(settings.label_cut_offs.minimum_stages):
        both = stage == CIRRHOSIS and has_ishak(facts)
        for counts in (True, False) if both else (default,):
            found = find_metavir_stages(facts, ishak_5_is_cirrhosis=counts)
            target = found.ge(stage).astype("Int64")
            name = "F4" if stage == CIRRHOSIS else f">=F{stage}"
            word = "with" if counts else "without"
            yield Label(
                f"{name} {word} Ishak 5" if both else name, stage, counts if both else None, target
            )


def _measure(
    judged: JudgedSplit, label: Label, facts: pd.DataFrame, settings: EvaluationSettings
) -> Row:
    everyone = judged.judge.scores
    primary = everyone.y_true
    known = look_up(facts, everyone).index
    target = pd.Series(primary) if label.name == PRIMARY else label.target.loc[known]
    is_staged = target.notna().to_numpy()
    y_true = target[is_staged].to_numpy(dtype=np.int64)
    scores = select(everyone, is_staged)._replace(y_true=y_true)
    n_relabelled = int((y_true != primary[is_staged]).sum())
    reasons = judged.explain()
    row = judged.name() | {
        "label": label.name,
        "minimum_stage": label.minimum_stage,
        "ishak_5_is_cirrhosis": label.ishak_5_is_cirrhosis,
        "is_primary": label.name == PRIMARY,
        "n_relabelled": n_relabelled,
        "n_unstaged": int((~is_staged).sum()),
    }
    row |= judged.describe()
    row |= measure_cell(scores, judged.judge.cut_off, settings=settings, reasons=reasons)
    note = "" if label.name == PRIMARY else TRAINED_FOR
    return row | {"note": note, "reason": "; ".join(reasons)}
