"""Which of our functions meets which of R's keys, and which keys have no counterpart."""

from tests.oracle import (
    areas,
    calls,
    characteristics,
    cut_offs,
    inflation,
    predictive,
    probabilities,
    proportions,
    regressions,
)
from tests.oracle.answers import Kind

WORDS = "words of R's script, not a result"
INPUT = "an input of the case, not a result"

BINARY = {
    "counts": calls.count_cells,
    "mcnemar_sensitivity|mcnemar_specificity|mcnemar_accuracy": calls.meet_mcnemar,
    "dtcompair_sesp_mcnemar/sensitivity|specificity": calls.meet_dtcompair_mcnemar,
    "dtcompair_pv_wgs|dtcompair_pv_gs|dtcompair_pv_rpv/ppv|npv": predictive.meet_scores,
    "testcomparer_wgs": predictive.meet_second_program,
    "ppv_difference|npv_difference": predictive.meet_hand_formula,
    "test1|test2/sensitivity|specificity|ppv|npv|accuracy": calls.describe_measure,
    "test1|test2/dtcompair_wald/*": calls.describe_wald,
    "test1|test2": calls.describe_counts,
}
BINARY_LEFT_OUT = {
    "*/chi2_cc|p_chi2_cc": "McNemar's test with continuity correction is not offered",
    "test1|test2/*/wilson_cc_prop_test/*": "Wilson's interval with correction is not offered",
    "testcomparer_wgs/note": WORDS,
}

BINARY_EMPTY = {"testcomparer_wgs/*": "testCompareR skips the single tests here"}

PAIRED = Kind(
    "paired",
    blocks={
        "auc/*": areas.describe_area,
        "delong_paired": areas.compare_scores,
        "delong_unpaired_by_group/*/group0|group1": areas.describe_group,
        "delong_unpaired_by_group/*": areas.compare_groups,
        "youden/*": cut_offs.choose_cut_off,
        "calibration/*/ici_loess_interpolate|ici_loess_direct": probabilities.meet_smooth_curve,
        "calibration/*": probabilities.meet_calibration,
        "dca.csv/*": probabilities.meet_net_benefit,
        **{f"binary_tests/{pattern}": block for pattern, block in BINARY.items()},
        "": areas.count_patients,
    },
    left_out={
        "case": WORDS,
        "note": WORDS,
        "pred_rule": WORDS,
        "threshold1|threshold2": INPUT,
        "youden/*/rule": WORDS,
        "calibration/*/rms_val_prob/eavg_lowess|e90_lowess|emax_lowess": (
            "lowess, of which Python's is wrong with tied scores, is not offered as smoother"
        ),
        "calibration/*/rms_val_prob/spiegelhalter_z|spiegelhalter_p": (
            "Spiegelhalter's test is not offered"
        ),
        "calibration/*/rms_val_prob/r2_nagelkerke": "Nagelkerke's R squared is not offered",
        "auc/*/r_messages/*": WORDS,
        "delong_unpaired_by_group/*/group0|group1/r_messages/*": WORDS,
        "delong_unpaired_by_group/*/r_messages/*": WORDS,
        "calibration/*/glm_messages/*": WORDS,
        "calibration/*/*/messages/*": WORDS,
        "calibration/*/ici_rcs5_logit/**": "restricted cubic splines are not offered as smoother",
        **{f"binary_tests/{pattern}": reason for pattern, reason in BINARY_LEFT_OUT.items()},
    },
    left_out_if_empty={
        **{f"binary_tests/{pattern}": reason for pattern, reason in BINARY_EMPTY.items()},
        "dca.csv/all|none/*/rmda_nb_strict": "rmda has no rows for treat-all and treat-none",
    },
    list_notes=lambda tree: [
        *probabilities.list_notes(tree),
        *predictive.list_notes(tree.get("binary_tests", {})),
    ],
)
TABLES = Kind("tables", BINARY, BINARY_LEFT_OUT, BINARY_EMPTY, predictive.list_notes)
PROPORTIONS = Kind("proportions", {"*": proportions.meet_intervals}, {"*/x|n": INPUT})
VIF = Kind(
    "vif",
    blocks={
        "vif_lm|vif_inverse_correlation": inflation.meet_factors,
        "gvif": inflation.meet_generalised,
        "stepwise_drop_highest_until_all_le_5": inflation.meet_stepwise,
        "over_5_at_once": inflation.meet_limit,
    },
    left_out={"vif_glm_logistic/*": "a different number, weighted by the fit, for information"},
)
LOGISTIC = Kind(
    "logistic",
    blocks={
        "univariable/*": regressions.meet_univariable,
        "multivariable": regressions.meet_multivariable,
    },
    left_out={
        "multivariable_formula": WORDS,
        "univariable/*/glm_warned_fitted_0_or_1": "a warning of R's program",
        "univariable/*/terms/*/firth_logistf/messages/*": WORDS,
    },
    left_out_if_empty={
        "univariable/*/terms/*/firth_logistf/**": "logistf did not converge here",
    },
    list_notes=regressions.list_notes,
)
TABLE1 = Kind(
    "table1",
    blocks={
        "*/mann_whitney": characteristics.meet_ranks,
        "*": characteristics.meet_variable,
    },
    left_out={
        "*/type": WORDS,
        "*/levels/*": WORDS,
        "*/t_test_welch|t_test_student": "t tests are not offered; Table 1 tests ranks",
        "*/shapiro_group0|shapiro_group1": "tests of normality are not offered",
    },
)
KINDS = {kind.name: kind for kind in (PAIRED, TABLES, PROPORTIONS, VIF, LOGISTIC, TABLE1)}
