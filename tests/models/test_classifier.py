"""The classifier weighs its loss, gives probabilities and draws by seed, epoch and batch."""

import torch
from torch.optim import Adam

from cirrhosis.contracts.batch import Batch
from cirrhosis.models.classifier import SliceClassifier
from cirrhosis.models.networks.small import build_small_network


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


def test_channels_last_changes_memory_not_numbers():
    batch, plain, other = (
        make_batch(),
        make_classifier().eval(),
        make_classifier(channels_last=True),
    )
    assert other.network.state_dict().keys() == plain.network.state_dict().keys()
    kernels = [value for value in other.network.parameters() if value.ndim == 4]
    assert all(kernel.is_contiguous(memory_format=torch.channels_last) for kernel in kernels)
    torch.testing.assert_close(other.eval()(batch["image"]), plain(batch["image"]))


def test_logits_are_float32_under_autocast():
    classifier = make_classifier().eval()
    with torch.autocast("cpu", torch.bfloat16):
        assert classifier(make_batch()["image"]).dtype == torch.float32
