"""Everything that is timed on a batch, ours and others', and whether it did the work."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import augmentation_peers as peers
import torch
from torch import Generator, Tensor

from cirrhosis.data.augmentation import AugmentationSettings, BatchAugmentation
from cirrhosis.data.augmentation_draw import draw_augmentation
from cirrhosis.data.device_augmentation import augment_on_device

SEQUENCES, SLICES = 3, 5
EFFECTS = ("rotation", "zoom", "elastic", "gamma", "noise")
ALWAYS = AugmentationSettings(**{f"{effect}_probability": 1.0 for effect in EFFECTS})
NEVER = AugmentationSettings(**{f"{effect}_probability": 0.0 for effect in EFFECTS})
PER_SAMPLE = {
    "monai": peers.build_monai,
    "monai_lazy": peers.build_monai_lazy,
    "monai_fused": peers.build_monai_fused,
    "torchio": peers.build_torchio,
    "batchgeneratorsv2": peers.build_batchgeneratorsv2,
}
# A sample of TorchIO takes seconds, one of ours hundredths: rounds of about equal length.
MOST_SAMPLES = {"torchio": 2, "monai": 4, "monai_lazy": 4, "monai_fused": 4}


class Example(NamedTuple):
    """A batch: images (N, sequences, slices, size, size) and masks (N, slices, size, size)."""

    images: Tensor
    masks: Tensor

    def first(self, n: int) -> "Example":
        """Return the first `n` samples."""
        return Example(self.images[:n], self.masks[:n])


@dataclass(frozen=True)
class Contender:
    """One way to augment.

    Attributes:
        name: In the table.
        run: Returns the augmented samples of a batch.
        most_samples: Samples of a round.
        whole_work: Whether all five effects are asked of it.
    """

    name: str
    run: Callable[[Example], list[peers.Sample]]
    most_samples: int = 8
    whole_work: bool = True


def make_example(n: int, size: int) -> Example:
    """Return an ellipse off the centre in noise; it is brighter and what the mask shows."""
    generator = Generator().manual_seed(1)
    images = torch.rand(n, SEQUENCES, SLICES, size, size, generator=generator) / 2
    y, x = torch.meshgrid(*[(torch.arange(size) + 0.5) / size] * 2, indexing="ij")
    inside = ((y - 0.35) / 0.2).square() + ((x - 0.4) / 0.32).square() < 1
    masks = inside.float().expand(n, SLICES, -1, -1).contiguous()
    return Example(images + masks.unsqueeze(1) / 2, masks)


def list_contenders(size: int, n_threads: int) -> list[Contender]:
    """Return all of them; a name in two parts is a variant of the first part."""
    everyone = [
        Contender("copy", _copy, whole_work=False),
        Contender("copy.reused", _CopyIntoReused(), whole_work=False),
        Contender("ours", _Ours(ALWAYS)),
        Contender("ours.per_slice", _Ours(replace(ALWAYS, per="slice"))),
        Contender("ours.whole_batch", _WholeBatch(ALWAYS)),
        Contender("ours.default_probabilities", _Ours(AugmentationSettings()), whole_work=False),
        Contender("ours.nothing", _Ours(NEVER), whole_work=False),
    ]
    for effect in EFFECTS:
        alone = replace(NEVER, **{f"{effect}_probability": 1.0})
        everyone.append(Contender(f"ours.only_{effect}", _Ours(alone), whole_work=False))
    everyone.append(Contender("kornia", _Kornia(size)))
    for name, build in PER_SAMPLE.items():
        most = MOST_SAMPLES.get(name, 8)
        everyone.append(Contender(name, _OneByOne(build(size)), most))
        threads = _InThreads([build(size) for _ in range(n_threads)])
        everyone.append(Contender(f"{name}.threads", threads, most))
    return everyone


def check_work(contender: Contender, example: Example, done: list[peers.Sample]) -> None:
    """See that a contender moved images and masks and left the masks masks.

    Raises:
        ValueError: If it did not.
    """
    moved = False
    for number, (image, mask) in enumerate(done):
        before, mask_before = example.images[number].flatten(0, 1), example.masks[number]
        if image.shape != before.shape or mask.shape != mask_before.shape:
            raise ValueError(f"{contender.name}: sample {number} comes back in another shape")
        if not set(mask.unique().tolist()) <= {0.0, 1.0}:
            raise ValueError(f"{contender.name}: a mask of sample {number} is no longer 0 and 1")
        if contender.whole_work and (image - before).abs().mean() < 0.01:
            raise ValueError(f"{contender.name}: sample {number} comes back as it went in")
        moved = moved or not torch.equal(mask, mask_before)
    if contender.whole_work and not moved:
        raise ValueError(f"{contender.name}: no mask has moved")


def _split(images: Tensor, masks: Tensor) -> list[peers.Sample]:
    return list(zip(images.flatten(1, 2), masks, strict=True))


def _copy(example: Example) -> list[peers.Sample]:
    return _split(example.images.clone(), example.masks.clone())


class _CopyIntoReused:
    """The copy without the page faults of fresh memory."""

    def __init__(self) -> None:
        self._memory: Example | None = None

    def __call__(self, example: Example) -> list[peers.Sample]:
        if self._memory is None or self._memory.images.shape != example.images.shape:
            self._memory = Example(*map(torch.empty_like, example))
        return _split(*(own.copy_(new) for own, new in zip(self._memory, example, strict=True)))


class _Ours:
    def __init__(self, settings: AugmentationSettings) -> None:
        self.module = BatchAugmentation(settings)
        self.generator = Generator().manual_seed(2)

    def __call__(self, example: Example) -> list[peers.Sample]:
        images, masks = self.module(*example, generator=self.generator)
        return _split(images, masks)


class _WholeBatch:
    """The operations that a graphics card gets, here on the CPU."""

    def __init__(self, settings: AugmentationSettings) -> None:
        self.settings = settings
        self.generator = Generator().manual_seed(2)

    def __call__(self, example: Example) -> list[peers.Sample]:
        draw = draw_augmentation(self.settings, len(example.images), SLICES, self.generator)
        images, masks = augment_on_device(draw, *example, self.settings.padding)
        return _split(images, example.masks if masks is None else masks)


class _Kornia:
    def __init__(self, size: int) -> None:
        self.transform = peers.build_kornia(size)

    def __call__(self, example: Example) -> list[peers.Sample]:
        images, masks = self.transform(example.images.flatten(1, 2), example.masks)
        return list(zip(images, masks, strict=True))


class _OneByOne:
    """Samples one after another; torch may use its threads inside of one."""

    def __init__(self, transform: peers.Transform) -> None:
        self.transform = transform

    def __call__(self, example: Example) -> list[peers.Sample]:
        return [self.transform(*sample) for sample in _split(*example)]


class _InThreads:
    """Samples in as many threads as torch has, torch serial in each."""

    def __init__(self, transforms: list[peers.Transform]) -> None:
        self.transforms = transforms

    def __call__(self, example: Example) -> list[peers.Sample]:
        n_threads = len(self.transforms)
        samples = _split(*example)

        def work(number: int) -> list[peers.Sample]:
            transform = self.transforms[number]
            return [transform(*sample) for sample in samples[number::n_threads]]

        with ThreadPoolExecutor(
            n_threads, initializer=torch.set_num_threads, initargs=(1,)
        ) as pool:
            shares = list(pool.map(work, range(n_threads)))
        # What a thread sets for itself would become the default of later ones.
        torch.set_num_threads(n_threads)
        return [shares[n % n_threads][n // n_threads] for n in range(len(samples))]
