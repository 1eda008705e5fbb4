"""Weights of a file are those of the network, or are refused with the reason."""

import re

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from cirrhosis.contracts.errors import ContractError
from cirrhosis.models.networks.small import build_small_network
from cirrhosis.models.networks.torchvision import BACKBONES, build_torchvision_network

# What takes seconds, and differs from the others of its kind in depth alone or is tested below.
SLOW = [
    pytest.param(name, marks=pytest.mark.slow) for name in ("resnet34", "resnet50", "densenet121")
]
FIRST = {"densenet121": "features.conv0", "convnext_tiny": "features.0.0"}


def make_original(backbone):
    torch.manual_seed(5)
    network = torchvision.models.get_model(backbone, weights=None).eval()
    for name, value in network.state_dict().items():
        # A fresh network has zeros there, which would hide a value left behind.
        if name.endswith(("running_mean", "bias")):
            value.normal_(std=0.1)
    return network


@pytest.fixture(scope="module")
def original():
    return make_original("resnet18")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, original):
    place = tmp_path_factory.mktemp("weights")
    torch.save(original.state_dict(), place / "resnet18.pth")
    save_file(original.state_dict(), place / "resnet18.safetensors")
    return place


def build(path, n_channels=7, *, backbone="resnet18", **settings):
    settings = {"dropout": 0.3, "weights": str(path)} | settings
    return build_torchvision_network(n_channels, backbone=backbone, **settings).eval()


def check_same_answer(encoder, original, backbone, n_channels):
    name = FIRST.get(backbone, "conv1")
    grey = torch.rand(2, 1, 64, 64)
    wanted = original.get_submodule(name)(grey.expand(-1, 3, -1, -1))
    found = encoder.get_submodule(name)(grey.expand(-1, n_channels, -1, -1))
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
    last = {"convnext_tiny": "classifier.2", "densenet121": "classifier"}.get(backbone, "fc")
    original.set_submodule(last, nn.Identity())
    wanted = original(grey.expand(-1, 3, -1, -1))
    found = encoder(grey.expand(-1, n_channels, -1, -1))
    torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-4)


def test_every_backbone_is_loaded_in_some_test():
    assert {"resnet18", "convnext_tiny", *(name.values[0] for name in SLOW)} == set(BACKBONES)


@pytest.mark.parametrize("backbone", ["resnet18", "convnext_tiny", *SLOW])
def test_grey_image_is_answered_as_by_the_original(tmp_path, backbone):
    network = make_original(backbone)
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    made = build(tmp_path / "weights.pth", backbone=backbone)
    check_same_answer(made[0], network, backbone, 7)


def test_shared_encoder_has_the_weights_too(folder):
    made = build(folder / "resnet18.pth", 6, layout="shared", pooling="attention", n_slices=2)
    check_same_answer(made.encoder, make_original("resnet18"), "resnet18", 3)


def test_both_formats_give_the_same_network_but_for_its_new_head(folder):
    left, right = (build(folder / f"resnet18.{kind}") for kind in ("pth", "safetensors"))
    for name, value in left[0].state_dict().items():
        assert torch.equal(value, right[0].state_dict()[name]), name
    assert left[2].weight.shape == (1, 512)


def test_old_names_of_densenets_are_understood(tmp_path):
    network = make_original("densenet121")
    pattern = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))([12]\.)")
    old = {
        pattern.sub(r"\1.\2", name): value
        for name, value in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    torch.save(old, tmp_path / "old.pth")
    made = build(tmp_path / "old.pth", backbone="densenet121")
    check_same_answer(made[0], network, "densenet121", 7)


def test_absent_file_is_refused_with_its_source(tmp_path):
    path = tmp_path / "none.pth"
    url = re.escape(torchvision.models.ResNet18_Weights.IMAGENET1K_V1.url)
    source = rf"{url} \(torchvision.models.ResNet18_Weights.IMAGENET1K_V1.url\)"
    with pytest.raises(ContractError, match=rf"no file. Nothing is downloaded: fetch {source}"):
        build(path)


def test_weights_of_another_network_are_refused_by_name(folder):
    with pytest.raises(ContractError, match=r"\d+ missing: 'layer1.0.conv3.weight', .* more"):
        build(folder / "resnet18.pth", backbone="resnet50")
    with pytest.raises(ContractError, match=r"\d+ missing: 'features.conv0.weight'.*; \d+ unexpec"):
        build(folder / "resnet18.safetensors", backbone="densenet121")


def test_unexpected_and_misshapen_tensors_are_named(tmp_path, original):
    state = original.state_dict()
    state["layer9.weight"] = torch.zeros(1)
    state["bn1.weight"] = torch.zeros(65)
    torch.save(state, tmp_path / "odd.pth")
    message = (
        r"1 unexpected: 'layer9.weight'; 1 of another shape: 'bn1.weight: \(65,\) for \(64,\)'"
    )
    with pytest.raises(ContractError, match=message):
        build(tmp_path / "odd.pth")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "it holds a list"),
        ({"state_dict": {}, "epoch": 3}, "2 entries are no tensors: 'state_dict', 'epoch'"),
    ],
)
def test_what_is_no_state_dict_is_refused(tmp_path, content, message):
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(ContractError, match=message):
        build(tmp_path / "other.pth")


@pytest.mark.parametrize("name", ["text.pth", "text.safetensors", "empty.pth"])
def test_file_that_cannot_be_read_is_refused(tmp_path, name):
    (tmp_path / name).write_text("" if name.startswith("empty") else "these are no weights\n" * 9)
    with pytest.raises(ContractError, match=r"expected a state dict in .*cannot be read as one"):
        build(tmp_path / name)


def test_file_with_code_in_it_is_not_run(tmp_path):
    torch.save(torchvision.models.resnet18(), tmp_path / "whole.pth")
    with pytest.raises(ContractError, match=r"cannot be read as one \(UnpicklingError\)"):
        build(tmp_path / "whole.pth")


def test_other_endings_are_refused(tmp_path):
    (tmp_path / "weights.onnx").write_text("x")
    with pytest.raises(ContractError, match=r"as one of .pth, .pt, .safetensors, but got"):
        build(tmp_path / "weights.onnx")


def test_small_network_has_no_weights():
    with pytest.raises(ContractError, match="nobody trained it on ImageNet"):
        build_small_network(3, weights="x.pth")
