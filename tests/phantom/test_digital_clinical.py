"""The clinical table against the article's printed figures, at n = 10,000 without images.

Oracle: Zheng et al. 2024 (prevalence, centres, quartiles, readers, FIB-4 and APRI of the
external test set). At n = 10,000 the standard error of an AUROC near 0.7 is 0.006, so a band
of 0.03 is left by chance less than once in a million seeds.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from cirrhosis.clinical.scores import apri, fib4
from cirrhosis.phantom.clinical_table import make_clinical_table
from cirrhosis.phantom.digital_settings import SIGNALS, DigitalSettings
from cirrhosis.phantom.hardness import list_cirrhosis
from cirrhosis.phantom.labs import KEY_LABS
from cirrhosis.phantom.severity import make_severity
from cirrhosis.statistics.discrimination import auroc

N = 10_000


def make_tables(n=N, seed=1, **changes):
    settings = DigitalSettings(n_patients=n, seed=seed, **changes)
    severity = make_severity(n, seed, signal=settings.signal)
    return severity, make_clinical_table(severity, settings)


@pytest.fixture(scope="module", params=[1, 2])
def tables(request):
    return make_tables(seed=request.param)


def fib4_auroc(patients):
    scores = fib4(
        age_years=patients["age_years"],
        ast_u_per_l=patients["ast_u_per_l"],
        alt_u_per_l=patients["alt_u_per_l"],
        platelets_e9_per_l=patients["platelets_e9_per_l"],
    )
    known = scores.notna()
    return auroc(list_cirrhosis(patients)[known], scores[known]).value


def apri_auroc(patients):
    scores = apri(
        ast_u_per_l=patients["ast_u_per_l"],
        ast_upper_limit_u_per_l=patients["ast_upper_limit_u_per_l"],
        platelets_e9_per_l=patients["platelets_e9_per_l"],
    )
    known = scores.notna()
    return auroc(list_cirrhosis(patients)[known], scores[known]).value


def test_fib4_and_apri_are_as_weak_as_published(tables):
    assert fib4_auroc(tables[1]) == pytest.approx(0.69, abs=0.03)
    assert apri_auroc(tables[1]) == pytest.approx(0.67, abs=0.03)


def test_severity_nearly_decides_the_stage(tables):
    severity, patients = tables
    assert 0.93 < auroc(list_cirrhosis(patients), severity["severity"]).value < 0.97


def test_t1_and_t2_show_more_together(tables):
    severity, patients = tables
    y_true = list_cirrhosis(patients)
    alone = max(auroc(y_true, severity[name]).value for name in ("t1", "t2"))
    assert auroc(y_true, severity["t1"] + severity["t2"]).value > alone + 0.03
    assert auroc(y_true, severity["pvp"]).value < alone


def test_prevalence_and_stages(tables):
    shares = tables[1]["fibrosis_stage"].value_counts(normalize=True)
    assert shares["S4"] == pytest.approx(0.65, abs=0.02)
    assert set(shares.index) == {"S0", "S1", "S2", "S3", "S4"}


def test_medians_and_quartiles(tables):
    patients = tables[1]
    quartiles = [0.25, 0.5, 0.75]
    assert patients["age_years"].quantile(quartiles).tolist() == pytest.approx([47, 54, 63], abs=1)
    size_cm = patients["largest_lesion_cm"].quantile(quartiles).tolist()
    assert size_cm == pytest.approx([2.3, 3.5, 5.5], abs=0.2)
    gap = pd.to_datetime(patients["reference_date"]) - pd.to_datetime(patients["mri_date"])
    assert gap.dt.days.quantile(quartiles).tolist() == pytest.approx([3, 9, 16], abs=1)


@pytest.mark.parametrize(
    ("column", "value", "share"),
    [
        ("sex", "male", 0.81),
        ("etiology", "hbv", 0.91),
        ("specimen", "resection", 0.94),
        ("lesion_count", 0, 0.08),
        ("lesion_count", 1, 0.77),
        ("center", "1", 1200 / 1315),
    ],
)
def test_shares_are_as_published(tables, column, value, share):
    assert (tables[1][column] == value).mean() == pytest.approx(share, abs=0.02)


def test_readers_are_as_good_as_published(tables):
    positive = list_cirrhosis(tables[1]) == 1
    for reader, sensitivity, specificity in (("reader_1", 0.77, 0.70), ("reader_2", 0.715, 0.88)):
        calls = tables[1][reader] == 1
        assert calls[positive].mean() == pytest.approx(sensitivity, abs=0.04)
        assert (~calls[~positive]).mean() == pytest.approx(specificity, abs=0.04)


def test_small_cohorts_keep_the_proportions_of_centres_and_periods():
    _, patients = make_tables(n=100)
    early = (patients["center"] == "1") & (patients["mri_date"] < "2021-06-01")
    assert early.sum() == pytest.approx(100 * 934 / 1315, abs=2)
    # Nine tenths of these become the training set.
    assert 0.9 * early.sum() >= 62


def test_both_dates_fall_on_the_same_side_of_the_temporal_cut(tables):
    patients = tables[1][tables[1]["center"] == "1"]
    early = [patients[name] < "2021-06-01" for name in ("mri_date", "reference_date")]
    assert (early[0] == early[1]).all()


@pytest.mark.parametrize("fraction", [0.0, 0.03, 0.2])
def test_incomplete_patients_lack_one_to_three_labs(fraction):
    _, patients = make_tables(incomplete_labs_fraction=fraction)
    missing = patients[list(KEY_LABS)].isna().sum(axis="columns")
    assert (missing > 0).mean() == pytest.approx(fraction, abs=0.015)
    assert missing.max() == (3 if fraction else 0)


def test_ineligible_patients_are_none_unless_asked_for():
    _, patients = make_tables(n=1000)
    assert patients["prior_liver_treatment"].sum() == 0
    assert patients["image_quality_adequate"].all()
    _, patients = make_tables(n=1000, ineligible_fraction=0.1)
    assert patients["prior_liver_treatment"].mean() == pytest.approx(0.1, abs=0.03)
    assert patients["image_quality_adequate"].mean() == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize("signal", SIGNALS)
def test_only_the_views_of_a_signal_follow_severity(signal):
    severity, _ = make_tables(signal=signal)
    shown = {
        "default": {"t1", "t2", "pvp", "geometry", "ascites", "readers", "labs"},
        "labs": {"labs"},
        "pvp": {"pvp", "readers", "labs"},
        "none": set(),
    }[signal]
    for view in ("t1", "t2", "pvp", "geometry", "ascites", "readers", "labs"):
        correlation = abs(np.corrcoef(severity["severity"], severity[view])[0, 1])
        # The standard error of a correlation of nothing is 0.01.
        assert correlation > 0.3 if view in shown else correlation < 0.05, view


def test_no_signal_leaves_nothing_in_the_table():
    _, patients = make_tables(signal="none")
    assert fib4_auroc(patients) == pytest.approx(0.5, abs=0.03)
    y_true = list_cirrhosis(patients)
    for column in ("age_years", "albumin_g_per_l", "inr", "reader_1", "reader_2"):
        known = patients[column].notna()
        area = auroc(y_true[known], patients.loc[known, column]).value
        assert area == pytest.approx(0.5, abs=0.03), column
    assert auroc(y_true, patients["ascites"] != "none").value == pytest.approx(0.5, abs=0.03)


def test_labs_of_signal_labs_reach_085():
    _, patients = make_tables(signal="labs", incomplete_labs_fraction=0.0)
    inputs = np.log(patients[list(KEY_LABS)].to_numpy(dtype=float))
    inputs = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    y_true = list_cirrhosis(patients)
    half = N // 2
    model = LogisticRegression().fit(inputs[:half], y_true[:half])
    area = auroc(y_true[half:], model.decision_function(inputs[half:])).value
    assert area == pytest.approx(0.85, abs=0.02)


def test_a_patient_does_not_depend_on_the_size_of_the_cohort():
    small, large = make_tables(n=8)[1], make_tables(n=30)[1]
    pd.testing.assert_frame_equal(small, large.head(8))


def test_latent_severity_stays_out_of_the_table(tables):
    assert not {"severity", "histology", "t1", "t2", "pvp"} & set(tables[1].columns)
    assert (tables[1]["synthetic"] == 1).all()
