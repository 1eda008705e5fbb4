"""Every experiment composes and has its record; every command's configuration is whole."""

from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.errors import ConfigCompositionException
from omegaconf import OmegaConf

from cirrhosis.commands.cli import COMMANDS
from cirrhosis.commands.configuration import CONF, build_settings, plain
from cirrhosis.contracts.errors import ContractError
from cirrhosis.data.augmentation import AugmentationSettings
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.imaging.settings import PrepareSettings
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.planted_settings import PlantedSettings

ROOT = Path(__file__).parents[2]
EXPERIMENTS = sorted(path.stem for path in Path(CONF, "experiment").glob("*.yaml"))
OBLIGATORY = {"train": ["sequences=t1+t2", "fold=0"]}


def compose_command(command: str, *overrides: str):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return compose(command, [*OBLIGATORY.get(command, []), *overrides])


def test_there_are_experiments():
    assert {"demo", "paper"} <= set(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_experiment_has_a_record(name):
    assert (ROOT / "experiments" / name / "README.md").is_file()


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_experiment_composes_for_every_command(name, command):
    content = plain(compose_command(command, f"experiment={name}"))
    assert content["command"] == command


@pytest.mark.parametrize("command", COMMANDS)
def test_command_has_a_configuration_of_its_name(command):
    assert Path(CONF, f"{command}.yaml").is_file()


@pytest.mark.parametrize("path", sorted(Path(CONF).rglob("*.yaml")), ids=lambda path: path.stem)
def test_file_is_yaml_with_a_reason_or_a_value(path):
    assert isinstance(yaml.safe_load(path.read_text()), dict)


def test_paper_sets_what_the_article_states():
    content = plain(compose_command("train", "experiment=paper"))
    assert (content["model"]["backbone"], content["model"]["layout"]) == ("resnet18", "stack")
    assert content["model"]["dropout"] == 0.3
    assert content["optimizer"]["lr"] == 1e-3
    assert content["optimizer"]["weight_decay"] == 1e-5
    assert content["scheduler"]["_target_"].endswith("ReduceLROnPlateau")
    assert content["data"]["batch_size"] == 32
    assert content["trainer"]["max_epochs"] == 500
    assert content["protocol"]["name"] == "paper"
    assert content["callbacks"]["best"] == {"monitor": "val/auroc", "mode": "max"}
    assert content["preparation"]["intensities"]["image_size"] == 512
    assert content["preparation"]["registration"]["target"] == "pvp"
    assert content["split"]["n_folds"] == 5


def test_unknown_key_is_refused():
    with pytest.raises(ConfigCompositionException, match="batchsize"):
        compose_command("train", "data.batchsize=3")


def test_unknown_setting_of_a_stage_is_refused():
    content = plain(compose_command("prepare", "+preparation.slices.number=7"))
    with pytest.raises(ContractError, match="'number' is not one of them"):
        build_settings(PrepareSettings, content["preparation"], "preparation")


def test_preparation_defaults_are_those_of_the_code():
    content = plain(compose_command("prepare"))
    assert build_settings(PrepareSettings, content["preparation"], "p") == PrepareSettings()


def test_configuration_names_no_folder_outside_paths():
    for path in Path(CONF).rglob("*.yaml"):
        if path.parent.name != "paths":
            text = OmegaConf.to_yaml(OmegaConf.load(path))
            assert "oc.env" not in text, path


def test_defaults_of_fusion_evaluation_and_phantoms_are_those_of_the_code():
    content = plain(compose_command("fuse"))
    del content["fusion"]["sequences"]
    assert build_settings(FusionSettings, content["fusion"], "fusion") == FusionSettings()
    evaluation = build_settings(EvaluationSettings, content["evaluation"], "evaluation")
    assert evaluation == EvaluationSettings()
    augmentation = build_settings(AugmentationSettings, content["augmentation"], "augmentation")
    assert augmentation == AugmentationSettings()
    for kind, settings in (
        ("digital", DigitalSettings),
        ("clinical", DigitalSettings),
        ("planted", PlantedSettings),
    ):
        values = plain(compose_command("phantom", f"phantom={kind}"))["phantom"]
        assert values.pop("kind") == kind
        assert set(values) == {field.name for field in fields(settings)}
        build_settings(settings, values, "phantom")
