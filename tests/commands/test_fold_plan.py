"""A run is told apart by the weights that its network starts from."""

import pytest

from cirrhosis.commands.configuration import plain
from cirrhosis.commands.fold_plan import plan_fold
from cirrhosis.commands.run_sources import Sources
from cirrhosis.contracts.errors import ContractError
from tests.conf.test_configuration import compose_command
from tests.made_store import make_split, make_store


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "store"
    splits = make_split(folder.parent / "made.csv", n_training=20, n_test=2)
    return Sources(folder, make_store(folder, splits), splits)


def plan(sources, *overrides):
    values = plain(compose_command("train", f"paths.root={sources.folder.parent}", *overrides))
    return plan_fold(values | {"variant": "default"}, sources, n_ranks=1).plan.identity


def test_another_content_of_the_weights_is_another_run(sources, tmp_path):
    path, copy = tmp_path / "weights.pth", tmp_path / "copy.pth"
    path.write_text("one")
    copy.write_text("one")
    one = plan(sources, f"model.weights={path}")
    assert one == plan(sources, f"model.weights={copy}")
    path.write_text("two")
    assert one != plan(sources, f"model.weights={path}")
    assert one != plan(sources)


def test_layout_pooling_and_backbone_are_part_of_a_run(sources):
    asked = ["model.layout=shared", "model.pooling=attention", "model=resnet34"]
    made = [plan(sources, *words) for words in ([], *([word] for word in asked))]
    assert all(made.count(identity) == 1 for identity in made)


def test_absent_weights_are_refused_before_anything_is_trained(sources, tmp_path):
    with pytest.raises(ContractError, match=r"expected weights at .*none.pth \(model.weights\)"):
        plan(sources, f"model.weights={tmp_path / 'none.pth'}")
