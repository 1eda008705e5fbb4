"""The one threshold of a model without a grey zone lies between both targets."""

import numpy as np
import pytest

from cirrhosis.evaluation.cut_off import CutOff
from cirrhosis.evaluation.judges import Judge
from cirrhosis.evaluation.operating_settings import OperatingSettings
from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.zones import choose_zones

SCORE = np.arange(10.0)
# Five negatives with the lowest scores, but for one that changed places with a positive.
TRUTH = np.array([0, 0, 0, 1, 0, 0, 1, 1, 1, 1])
EASY = OperatingSettings(rule_out_sensitivity=0.8, rule_in_specificity=0.6)


def judge(own):
    names = np.array([f"P{k}" for k in range(10)])
    scores = PatientScores(names, TRUTH, SCORE, np.zeros(10, dtype=int), "nested", "score")
    return {"training": Judge("cnn", "training", scores, CutOff(own, "anywhere"))}


@pytest.mark.parametrize(("own", "chosen"), [(4.5, 4.5), (1.0, 3.0), (9.0, 6.0), (None, 3.0)])
def test_its_own_cut_off_is_moved_between_the_targets(own, chosen):
    # Four of five positives score 6 or more; three of five negatives less than 3.
    zones = choose_zones(judge(own), settings=EASY)
    assert (zones.rule_out, zones.rule_in) == (chosen, chosen)
    assert "no grey zone" in zones.reason


def test_both_thresholds_stand_where_the_targets_leave_a_gap():
    strict = OperatingSettings(rule_out_sensitivity=1.0 - 1e-9, rule_in_specificity=1.0 - 1e-9)
    zones = choose_zones(judge(4.5), settings=strict)
    assert (zones.rule_out, zones.rule_in, zones.reason) == (3.0, 6.0, None)


def test_a_class_absent_in_training_is_a_reason_for_both():
    judges = judge(4.5)
    scores = judges["training"].scores._replace(y_true=np.ones(10, dtype=int))
    zones = choose_zones({"training": judges["training"]._replace(scores=scores)}, settings=EASY)
    assert (zones.rule_out, zones.rule_in) == (None, None)
    assert zones.reason.startswith("rule-out: ")
    assert "; rule-in: " in zones.reason
