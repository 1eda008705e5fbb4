"""Networks have one logit per patient and learn what is there."""

import pytest
import torch
from torch.optim import Adam

from cirrhosis.contracts.batch import Batch
from cirrhosis.models.classifier import SliceClassifier
from cirrhosis.models.networks.small import build_small_network
from cirrhosis.models.networks.torchvision import build_resnet18


@pytest.mark.parametrize(
    ("build", "n_parameters"),
    # ResNet-18 of torchvision has 11,689,512; another first and last layer change it.
    [(build_resnet18, 11_689_512 - 3 * 64 * 49 + 15 * 64 * 49 - 513_000 + 513)],
)
def test_resnet18_is_torchvisions_but_for_first_and_last_layer(build, n_parameters):
    network = build(15, dropout=0.3)
    assert sum(parameter.numel() for parameter in network.parameters()) == n_parameters
    dropouts = [m for m in network.modules() if isinstance(m, torch.nn.Dropout)]
    assert [dropout.p for dropout in dropouts] == [0.3]


@pytest.mark.parametrize("build", [build_resnet18, build_small_network])
@pytest.mark.parametrize("size", [32, 48])
def test_network_gives_one_logit_per_patient(build, size):
    logits = build(10, dropout=0.3)(torch.rand(2, 10, size, size))
    assert logits.shape == (2, 1)


def make_batch(n=16):
    generator = torch.Generator().manual_seed(0)
    target = (torch.arange(n) % 2).float()
    image = torch.rand(n, 2, 16, 16, generator=generator)
    image[:, 0, 4:8, 4:8] += target.view(-1, 1, 1)
    return Batch(patient=torch.arange(n), image=image, target=target)


def make_classifier(**changes):
    torch.manual_seed(1)
    settings = {"monitor": "val/loss", "pos_weight": 1.0, "seed": 1} | changes
    return SliceClassifier(
        build_small_network(2), lambda parameters: Adam(parameters, lr=1e-2), None, **settings
    )


def test_loss_weighs_positives_as_asked():
    batch = make_batch()
    plain, weighted = make_classifier().eval(), make_classifier(pos_weight=3.0).eval()
    logits = plain(batch["image"])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, batch["target"], weight=1 + 2 * batch["target"]
    )
    torch.testing.assert_close(weighted.loss(weighted(batch["image"]), batch["target"]), expected)


def test_probabilities_are_the_logits_sigmoid():
    classifier, batch = make_classifier().eval(), make_batch()
    probability = classifier.predict_step(batch, 0)
    torch.testing.assert_close(probability, torch.sigmoid(classifier(batch["image"])))
    assert probability.shape == (16,)


def test_dropout_is_a_function_of_seed_epoch_and_batch():
    classifier, batch = make_classifier(), make_batch()

    def draw(index):
        classifier.on_train_batch_start(batch, index)
        return torch.rand(3).tolist()

    assert draw(0) == draw(0)
    assert draw(0) != draw(1)
