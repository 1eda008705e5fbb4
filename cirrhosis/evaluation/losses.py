"""Who is lost on the way, by reason, class and centre."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cirrhosis.clinical.article_inputs import LABS
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.evaluation.facts import ALL, UNKNOWN, included, read_classes
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.evaluation.studies import volumes_of_studies
from cirrhosis.statistics.group_tests import chi_square_or_fisher
from cirrhosis.statistics.proportions import proportion_interval

ANY = "any"
STAGES = ("exclusion", "preparation", "sequence", "labs")
IN_TABLE = "patients of patients.csv"
TAKING_PART = "included patients"
COLUMNS = (
    "stage",
    "reason",
    "class",
    "center",
    "population",
    "n_lost",
    "n",
    "share",
    "share_low",
    "share_high",
    "method",
    "class_p_value",
    "class_test",
    "center_p_value",
    "center_test",
)


class Loss(NamedTuple):
    """Patients whom one stage lost for one reason.

    Attributes:
        stage: `exclusion`, `preparation`, `sequence` or `labs`.
        reason: In the words of the stage; `any` joins the reasons of a stage.
        lost: One flag per patient of the population, indexed by patient.
    """

    stage: str
    reason: str
    lost: "pd.Series[bool]"


def describe_losses(
    facts: pd.DataFrame,
    *,
    settings: EvaluationSettings,
    failures: pd.DataFrame | None = None,
    volumes: pd.DataFrame | None = None,
    predictors: Sequence[str] = LABS,
    labels: "pd.Series[int] | None" = None,
) -> pd.DataFrame:
    """Count the patients that each stage loses, and of how many, by class and centre.

    Exclusions are shares of all patients, later losses shares of the included ones. A
    patient without a known class is `unknown`. Stages overlap: a patient can fail in
    preparation and lack a blood test as well; the patient flow counts each once.

    Args:
        facts: Output of `join_facts`.
        settings: Sequences looked for, and the interval.
        failures: `failures.csv` of the store; without it no preparation is counted.
        volumes: `volumes.csv`; without it no sequence is counted.
        predictors: Columns that a forest needs.
        labels: Class by patient, for the excluded ones; the split file knows the included.

    Returns:
        A row per stage, reason, class and centre, each with `all`, where there are patients.
        The row of all classes and centres tests whether classes, and centres, lose alike
        (chi-square or Fisher; empty where there is nothing to compare). Columns are `COLUMNS`.

    Raises:
        ContractError: If `failures` names a patient who takes no part.
    """
    strata = _read_strata(facts, read_classes(facts, labels))
    part = included(facts)
    losses = [*_exclusions(facts), *_missing_labs(part, predictors)]
    if volumes is not None:
        losses += _missing_sequences(part, volumes, settings.cohort.sequences)
    if failures is not None:
        losses += _failures(part, failures)
    rows = [
        row
        for loss in sorted(losses, key=lambda loss: STAGES.index(loss.stage))
        for row in _count(loss, strata, settings)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def missing_labs(facts: pd.DataFrame, predictors: Sequence[str]) -> pd.DataFrame:
    """Return one flag per patient and predictor; a column that is absent misses everywhere."""
    return pd.DataFrame(
        {name: facts[name].isna() if name in facts else True for name in predictors},
        index=facts.index,
        dtype=bool,
    )


def _exclusions(facts: pd.DataFrame) -> list[Loss]:
    reasons = facts["excluded_for"]
    named = [
        Loss("exclusion", str(reason), (reasons == reason).fillna(False).astype(bool))
        for reason in reasons.dropna().unique()
    ]
    return [*named, Loss("exclusion", ANY, reasons.notna())]


def _missing_labs(part: pd.DataFrame, predictors: Sequence[str]) -> list[Loss]:
    gaps = missing_labs(part, predictors)
    named = [Loss("labs", f"no {name}", gaps[name]) for name in gaps]
    return [*named, Loss("labs", ANY, gaps.any(axis=1))]


def _missing_sequences(
    part: pd.DataFrame, volumes: pd.DataFrame, wanted: Sequence[str] | None
) -> list[Loss]:
    of_study = volumes_of_studies(part, volumes)
    names = sorted(volumes["sequence"].unique()) if wanted is None else wanted
    gaps = pd.DataFrame(
        {
            name: ~part.index.isin(of_study.loc[of_study["sequence"] == name, "patient_id"])
            for name in names
        },
        index=part.index,
    )
    named = [Loss("sequence", f"no {name}", gaps[name]) for name in gaps]
    return [*named, Loss("sequence", ANY, gaps.any(axis=1))] if named else []


def _failures(part: pd.DataFrame, failures: pd.DataFrame) -> list[Loss]:
    strangers = sorted(set(failures["patient_id"].astype(str)) - set(part.index))
    if strangers:
        raise ContractError(
            f"expected failures of included patients only, but {len(strangers)} take no part:"
            f" {first(strangers)}. Prepare the store with this split."
        )
    by_stage = failures["patient_id"].astype(str).groupby(failures["stage"].astype(str))
    named = [
        Loss("preparation", str(stage), pd.Series(part.index.isin(lost), index=part.index))
        for stage, lost in by_stage
    ]
    lost = part.index.isin(failures["patient_id"].astype(str))
    return [*named, Loss("preparation", ANY, pd.Series(lost, index=part.index))]


def _read_strata(facts: pd.DataFrame, labels: "pd.Series[int]") -> pd.DataFrame:
    classes = labels.map({0: "negative", 1: "positive"})
    centers = facts.get("center", pd.Series(pd.NA, index=facts.index, dtype="string"))
    strata = pd.DataFrame({"class": classes, "center": centers}, index=facts.index)
    return strata.astype("string").fillna(UNKNOWN)


def _count(
    loss: Loss, strata: pd.DataFrame, settings: EvaluationSettings
) -> Iterator[dict[str, Any]]:
    rows = strata.loc[loss.lost.index].assign(lost=loss.lost)
    for one_class in (ALL, *sorted(rows["class"].unique())):
        of_class = rows if one_class == ALL else rows[rows["class"] == one_class]
        for center in (ALL, *sorted(of_class["center"].unique())):
            cell = of_class if center == ALL else of_class[of_class["center"] == center]
            row = _share(loss, one_class, center, cell["lost"], settings)
            is_whole = (one_class, center) == (ALL, ALL)
            yield row | (_test_strata(rows, settings) if is_whole else {})


def _test_strata(rows: pd.DataFrame, settings: EvaluationSettings) -> dict[str, Any]:
    """Test whether classes, and centres, lose alike; patients of unknown ones are left out."""
    tests: dict[str, Any] = {}
    for stratum in ("class", "center"):
        known = rows[rows[stratum] != UNKNOWN]
        counts = pd.crosstab(known[stratum], known["lost"]).to_numpy()
        if counts.size:
            test = chi_square_or_fisher(
                counts,
                rng=np.random.default_rng(settings.permutation_seed),
                most_partial_tables=settings.cohort.baseline.most_partial_tables,
            )
            if test.p_value is not None:
                tests |= {f"{stratum}_p_value": test.p_value, f"{stratum}_test": test.method}
    return tests


def _share(
    loss: Loss, one_class: str, center: str, lost: "pd.Series[bool]", settings: EvaluationSettings
) -> dict[str, Any]:
    share = proportion_interval(
        int(lost.sum()),
        len(lost),
        method=settings.cohort.share_method,
        confidence_level=settings.confidence_level,
    )
    return {
        "stage": loss.stage,
        "reason": loss.reason,
        "class": one_class,
        "center": center,
        "population": IN_TABLE if loss.stage == "exclusion" else TAKING_PART,
        "n_lost": int(lost.sum()),
        "n": share.n,
        "share": share.value,
        "share_low": share.low,
        "share_high": share.high,
        "method": share.method,
    }
