"""Networks of every backbone and layout give one logit per patient and learn what is there."""

import pytest
import torch
import torchvision
from hydra.utils import instantiate
from torch import nn
from torch.optim import Adam

from cirrhosis.contracts.errors import ContractError
from cirrhosis.models.networks.small import build_small_network
from cirrhosis.models.networks.torchvision import BACKBONES, build_torchvision_network
from tests.conf.test_configuration import compose_command

SLICES, PLANES = 5, 3
CHANNELS = SLICES * PLANES
LAYOUTS = [("stack", "mean"), ("shared", "mean"), ("shared", "attention")]
# Every family, and every layout of one of them; the others take seconds.
QUICK = {("densenet121", "stack", "mean"), ("convnext_tiny", "shared", "attention")}
# Of torchvision's weight tables; then weights per channel of the first convolution, and features.
KNOWN = {
    "resnet18": (11_689_512, 64 * 49, 512),
    "resnet34": (21_797_672, 64 * 49, 512),
    "resnet50": (25_557_032, 64 * 49, 2048),
    "densenet121": (7_978_856, 64 * 49, 1024),
    "convnext_tiny": (28_589_128, 96 * 16, 768),
}


def count_parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def build(backbone, **settings):
    return build_torchvision_network(CHANNELS, backbone=backbone, dropout=0.3, **settings)


def build_small(n_channels=CHANNELS, **settings):
    torch.manual_seed(1)
    return build_small_network(n_channels, n_slices=SLICES, **settings)


def test_every_backbone_is_counted():
    assert set(KNOWN) == set(BACKBONES)


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize(("layout", "n_in"), [("stack", CHANNELS), ("shared", PLANES)])
def test_network_is_torchvisions_but_for_first_and_last_layer(backbone, layout, n_in):
    total, per_channel, n_features = KNOWN[backbone]
    name = torchvision.models.get_model_weights(backbone)["IMAGENET1K_V1"]
    assert name.meta["num_params"] == total
    with torch.device("meta"):
        network = build(backbone, layout=layout, n_slices=SLICES)
    last = n_features * 1000 + 1000
    expected = total + (n_in - 3) * per_channel - last + n_features + 1
    assert count_parameters(network) == expected
    dropouts = [module.p for module in network.modules() if isinstance(module, nn.Dropout)]
    assert dropouts == [0.3]


@pytest.mark.parametrize(
    ("backbone", "first", "spread"),
    # torchvision's rules: He's by outputs, He's by inputs, and a fixed spread.
    [
        ("resnet18", "conv1", (2 / (64 * 49)) ** 0.5),
        ("densenet121", "features.conv0", (2 / (CHANNELS * 49)) ** 0.5),
        ("convnext_tiny", "features.0.0", 0.02),
    ],
)
def test_first_convolution_is_drawn_as_torchvision_draws_it(backbone, first, spread):
    torch.manual_seed(2)
    convolution = build(backbone)[0].get_submodule(first)
    assert convolution.weight.std().item() == pytest.approx(spread, rel=0.03)
    assert convolution.bias is None or not convolution.bias.any()


def list_cases():
    for backbone in BACKBONES:
        for layout, pooling in LAYOUTS:
            is_quick = backbone == "resnet18" or (backbone, layout, pooling) in QUICK
            marks = () if is_quick else pytest.mark.slow
            yield pytest.param(backbone, layout, pooling, marks=marks)


@pytest.mark.parametrize(("backbone", "layout", "pooling"), list_cases())
def test_backbone_gives_one_logit_per_patient_and_teaches_every_weight(backbone, layout, pooling):
    torch.manual_seed(0)
    network = build(backbone, layout=layout, pooling=pooling, n_slices=SLICES)
    for module in network.modules():
        # A block that is left out by chance has no gradient.
        if isinstance(module, torchvision.ops.StochasticDepth):
            module.p = 0.0
    logits = network(torch.rand(2, CHANNELS, 32, 32))
    assert logits.shape == (2, 1)
    logits.square().sum().backward()
    assert [name for name, weight in network.named_parameters() if weight.grad is None] == []


@pytest.mark.parametrize(("layout", "pooling"), LAYOUTS)
def test_every_weight_of_the_small_network_is_moved_by_the_loss(layout, pooling):
    network = build_small(layout=layout, pooling=pooling)
    logits = network(torch.rand(8, CHANNELS, 24, 24))
    assert logits.shape == (8, 1)
    target = (torch.arange(8) % 2).float()
    nn.functional.binary_cross_entropy_with_logits(logits.squeeze(1), target).backward()
    still = [name for name, weight in network.named_parameters() if not weight.grad.any()]
    assert still == []


def test_first_convolution_sees_the_planes_of_a_slice_in_order():
    network = build_small(layout="shared").eval()
    image = torch.rand(2, CHANNELS, 24, 24)
    features = network.encode(image)
    assert features.shape == (2, SLICES, 64)
    for s in range(SLICES):
        # Channels go plane by plane and in each slice by slice.
        planes = image[:, [k * SLICES + s for k in range(PLANES)]]
        torch.testing.assert_close(features[:, s], network.encoder(planes))


def test_mean_pooling_is_the_mean_of_the_features_of_slices():
    network = build_small(layout="shared", pooling="mean").eval()
    image = torch.rand(3, CHANNELS, 24, 24)
    expected = network.head(network.encode(image).mean(dim=1))
    torch.testing.assert_close(network(image), expected)
    torch.testing.assert_close(network.weigh_slices(image), torch.full((3, SLICES), 1 / SLICES))


def test_attention_follows_the_formula():
    network = build_small(layout="shared", pooling="attention").eval()
    image = torch.rand(3, CHANNELS, 24, 24)
    features, weighing = network.encode(image), network.weighing
    for i, patient in enumerate(features):
        v, u, w = weighing.content.weight, weighing.gate.weight, weighing.score.weight[0]
        scores = torch.stack([w @ (torch.tanh(v @ h) * torch.sigmoid(u @ h)) for h in patient])
        weights = scores.exp() / scores.exp().sum()
        torch.testing.assert_close(network.weigh_slices(image)[i], weights)
        pooled = sum(weight * h for weight, h in zip(weights, patient, strict=True))
        torch.testing.assert_close(network(image)[i], network.head(pooled))


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_order_of_slices_plays_no_part_with_one_encoder(pooling):
    network = build_small(layout="shared", pooling=pooling).eval()
    image = torch.rand(3, CHANNELS, 24, 24)
    order = torch.tensor([3, 0, 4, 1, 2])
    turned = image.unflatten(1, (PLANES, SLICES))[:, :, order].flatten(1, 2)
    torch.testing.assert_close(network(turned), network(image))
    torch.testing.assert_close(network.weigh_slices(turned), network.weigh_slices(image)[:, order])


def test_order_of_slices_counts_where_they_are_channels():
    network = build_small(layout="stack").eval()
    image = torch.rand(3, CHANNELS, 24, 24)
    assert not torch.allclose(network(image.flip(1)), network(image))


def plant(n, n_slices=SLICES):
    """Return images of noise; positives have a bright square in one slice of plane 0."""
    generator = torch.Generator().manual_seed(7)
    target = (torch.arange(n) % 2).float()
    image = torch.rand(n, 2, n_slices, 12, 12, generator=generator)
    places = torch.randint(n_slices, (n,), generator=generator)
    for i in range(n):
        image[i, 0, places[i], 4:9, 4:9] += target[i]
    return image.flatten(1, 2), target, places


@pytest.mark.parametrize(("layout", "pooling"), LAYOUTS)
def test_small_network_learns_a_signal_that_is_planted_in_one_slice(layout, pooling):
    network = build_small(2 * SLICES, layout=layout, pooling=pooling)
    image, target, places = plant(128)
    optimizer = Adam(network.parameters(), lr=1e-2)
    for step in range(30):
        rows = torch.arange(32) + 32 * (step % 3)
        logits = network(image[rows]).squeeze(1)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, target[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()
    unseen, truth = image[96:], target[96:] > 0
    scores = network(unseen).squeeze(1)
    auroc = (scores[truth][:, None] > scores[~truth]).float().mean()
    assert auroc > 0.9
    if pooling == "attention":
        weights = network.weigh_slices(unseen)[truth]
        on_signal = weights.gather(1, places[96:][truth][:, None]).mean()
        assert on_signal > 1.5 / SLICES


@pytest.mark.parametrize("name", [*BACKBONES, "small"])
def test_configuration_builds_its_network(name):
    config = compose_command("train", f"model={name}", "model.layout=shared")
    with torch.device("meta"):
        network = instantiate(config["model"])(CHANNELS, n_slices=SLICES)
    assert network.n_slices == SLICES
    assert config["model"].get("backbone", "small") == name


def test_configuration_needs_no_slices_for_a_stack():
    config = compose_command("train", "model=small")
    assert instantiate(config["model"])(CHANNELS)(torch.rand(1, CHANNELS, 16, 16)).shape == (1, 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layout": "stacked"}, "expected model.layout as one of stack, shared, but got 'stacked'"),
        ({"pooling": "max"}, "expected model.pooling as one of mean, attention, but got 'max'"),
        ({"layout": "shared"}, "expected the number of slices for model.layout=shared"),
        ({"layout": "shared", "n_slices": 4}, "15 channels cannot be shared out to 4 slices"),
        ({"backbone": "resnet19"}, "expected model.backbone as one of resnet18, .* 'resnet19'"),
    ],
)
def test_setting_that_makes_no_network_is_refused(settings, message):
    with pytest.raises(ContractError, match=message):
        build(**{"backbone": "resnet18"} | settings)
