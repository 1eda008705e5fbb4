"""From a clinical table without images to the page, and whom a fusion without networks compares."""

from dataclasses import replace

import pandas as pd
import pytest
from hydra import compose, initialize_config_dir

from cirrhosis.commands import evaluate, fuse, phantom, report, split
from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.result_sources import settle_reference
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import read_json
from cirrhosis.evaluation.settings import EvaluationSettings

COMMANDS = {
    "phantom": phantom,
    "split": split,
    "fuse": fuse,
    "evaluate": evaluate,
    "report": report,
}
SETTINGS = (
    "name=made",
    "n_workers=1",
    "logger=none",
    "phantom=clinical",
    "phantom.n_patients=120",
    "split=cross_validation",
    "split.eligibility.require_mri=false",
    "fusion.sequences=none",
    "fusion.selection_trees=5",
    "fusion.n_estimators=[5]",
    "fusion.max_depth=[3]",
    "fusion.min_samples_leaf=[2]",
    "fusion.permutation_repeats=1",
    "evaluation.calibration.n_resamples=0",
)


def call(command, *words):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose(command, [*SETTINGS, *words])
    COMMANDS[command].run(config)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("road")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CIRRHOSIS_ROOT", str(folder))
        for command in COMMANDS:
            call(command)
        yield folder


def test_a_table_without_images_goes_to_the_page(root):
    results = root / "results" / "made" / "clinical"
    table2 = pd.read_csv(results / "table2.csv")
    assert {"clinical", "fib4", "apri", "reader_1"} <= set(table2["model"])
    assert set(table2["reference_model"]) == {"clinical"}
    assert table2.query("model == 'fib4'")["auroc_p"].notna().all()
    assert not (results / "combinations.csv").exists()
    page = (results / "report" / "index.html").read_text()
    assert "SYNTHETIC" in page
    assert "Sequence combinations" not in page


def test_provenance_says_what_was_read(root):
    provenance = read_json(root / "results" / "made" / "clinical" / "provenance.json")
    assert provenance["synthetic"] is True
    assert provenance["sequences"] == "none"
    assert "optimizer" not in provenance["settings"]
    assert "n_estimators" in provenance["settings"]


def test_an_evaluation_before_a_fusion_names_the_command(root):
    with pytest.raises(ContractError, match=r"predictions\.csv"):
        call("evaluate", "variant=nothing")


def predictions_of(*models):
    return pd.DataFrame({"model": list(models)})


def test_without_networks_the_clinical_forest_is_the_reference():
    settings = EvaluationSettings()
    settled = settle_reference(settings, predictions_of("clinical", "fib4"))
    assert (settled.reference_model, settled.references) == ("clinical", ("clinical",))


@pytest.mark.parametrize(
    "models", [("combined", "clinical", "cnn"), ("cnn", "clinical"), ("reader_1",)]
)
def test_a_reference_that_was_asked_for_stays_where_networks_took_part(models):
    settings = EvaluationSettings()
    assert settle_reference(settings, predictions_of(*models)) == settings


def test_another_reference_that_exists_stays():
    settings = replace(EvaluationSettings(), reference_model="fib4")
    assert settle_reference(settings, predictions_of("clinical", "fib4")) == settings
