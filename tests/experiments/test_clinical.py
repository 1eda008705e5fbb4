"""The clinical experiment: tables known by their columns, figures by the definition."""

import importlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from cirrhosis.commands.configuration import build_settings
from cirrhosis.fusion.settings import FusionSettings

FOLDER = Path(__file__).parents[2] / "experiments" / "clinical"
CHOICES = yaml.safe_load((FOLDER / "choices.yaml").read_text())
EGYPT = "Age,Gender,BMI,WBC,RBC,HGB,Plat,AST 1,ALT 1,Baselinehistological staging"


@pytest.fixture
def experiment(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("run")


@pytest.fixture
def estimates(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("estimates")


def make_scores(estimates, seed, *, n=40):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "patient_id": [f"p{number}" for number in range(n)],
            "y_true": np.arange(n) % 2,
            "fold": np.arange(n) // 2 % 4,
            "forest": rng.random(n),
            "platelets": np.where(np.arange(n) < 4, np.nan, rng.random(n)),
        }
    )
    counts = pd.DataFrame(
        [("training", pd.NA, "platelets_e9_per_l", n, 4, "imputed")],
        columns=["split", "fold", "variable", "n_patients", "n_missing", "handling"],
    )
    return estimates.Scores(seed, table, counts, pd.DataFrame([{"step": "all", "excluded": 0}]))


def count_pairs(y_true, score):
    pairs = np.sign(score[y_true == 1][:, None] - score[y_true == 0][None, :])
    return (pairs / 2 + 0.5).mean()


def test_a_table_is_known_by_its_columns_whatever_its_name(experiment, tmp_path, capsys):
    (tmp_path / "anything.csv").write_text(f"{EGYPT}\n50,1,25,1,1,1,100000,40,40,4\n")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "zz_again.csv").write_text(f"{EGYPT}\n50,1,25,1,1,1,100000,40,40,4\n")
    found = experiment.find_tables(tmp_path, ["pbc", "tcga_lihc", "uci_503", "uci_571"])
    assert found == {"uci_503": tmp_path / "anything.csv"}
    told = capsys.readouterr().out
    assert "other.csv: no source" in told
    assert "zz_again.csv: uci_503 is taken from anything.csv" in told


def test_figures_are_those_of_the_definition_with_their_own_n(estimates):
    run = make_scores(estimates, 1)
    one = {"question": "q", "source": "s", "missing": "impute", "expected_auroc": [0.0, 1.0]}
    figures = estimates.estimate_data_set([run, make_scores(estimates, 2)], one, CHOICES)
    table = run.table
    forest, platelets = (figures["models"][name] for name in ("forest", "platelets"))
    assert forest["auroc"] == pytest.approx(
        count_pairs(table["y_true"].to_numpy(), table["forest"].to_numpy())
    )
    assert (forest["n"], platelets["n"], platelets["events"]) == (40, 36, 18)
    difference = figures["differences"]["forest - platelets"]
    both = table.dropna()
    assert difference["n"] == 36
    assert difference["difference"] == pytest.approx(
        count_pairs(both["y_true"].to_numpy(), both["forest"].to_numpy()) - platelets["auroc"]
    )
    assert [seed["seed"] for seed in figures["seeds"]] == [1, 2]
    assert figures["missing_values"]["n_missing"] == {"platelets_e9_per_l": 4}
    json.dumps(figures, allow_nan=False)


def test_a_negative_control_fails_where_one_seed_leaves_the_band(estimates):
    runs = [make_scores(estimates, 1), make_scores(estimates, 2)]
    areas = [estimates.describe_seed(run)["auroc"] for run in runs]
    band = [areas[0] - 0.01, areas[0] + 0.01]
    alone = estimates.judge_control({}, runs[:1], band)
    both = estimates.judge_control({}, runs, band)
    assert alone["passed"]
    assert both["outside"] == ["forest seed 2"]
    assert not both["passed"]


@pytest.mark.parametrize("name", CHOICES["data_sets"])
def test_choices_are_settings_of_the_product(experiment, name):
    one = CHOICES["data_sets"][name]
    values = experiment.compose_command("fuse", [*CHOICES["common"], *one["overrides"], "seed=1"])
    fusion = {key: value for key, value in values["fusion"].items() if key != "sequences"}
    settings = build_settings(FusionSettings, fusion, "fusion")
    source = experiment.compose_source(one["source"], Path("x"))
    assert set(settings.predictors) <= set(source["columns"])
    assert values["split"]["eligibility"]["require_mri"] is False


@pytest.mark.slow
def test_the_control_goes_the_whole_way(experiment, tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(1)
    rows = [
        f"{rng.integers(30, 60)},1,25,5000,4000000,12,{rng.integers(90000, 220000)},"
        f"{rng.integers(39, 128)},{rng.integers(39, 128)},{rng.integers(1, 5)}"
        for _ in range(100)
    ]
    (tmp_path / "table.csv").write_text("\n".join([EGYPT, *rows]) + "\n")
    arguments = ["--data", tmp_path, "--json", tmp_path / "out.json", "--tables", tmp_path / "csv"]
    monkeypatch.setattr("sys.argv", ["run.py", *map(str, arguments), "--workers", "1"])
    experiment.main()
    figures = json.loads((tmp_path / "out.json").read_text())["uci_503"]
    assert figures["n"] == 100
    assert set(figures["models"]) == {"forest", "fib4", "apri", "platelets"}
    assert figures["negative_control"]["expected_auroc"] == [0.45, 0.55]
    tables = {path.name for path in (tmp_path / "csv").iterdir()}
    assert tables == {"areas.csv", "differences.csv", "seeds.csv", "missing.csv", "imports.csv"}
    assert "negative control" in capsys.readouterr().out
