"""Augmentation of a whole batch at once, as the article names it; ranges are ours."""

import torch
from torch import Generator, Tensor, nn

from cirrhosis.data.augmentation_draw import draw_augmentation
from cirrhosis.data.augmentation_settings import AugmentationSettings
from cirrhosis.data.device_augmentation import augment_on_device
from cirrhosis.data.host_augmentation import HostAugmentation

__all__ = ["AugmentationSettings", "BatchAugmentation"]


class BatchAugmentation(nn.Module):
    """Rotate, zoom, bend, change contrast and add noise, in this order.

    The first three are one sampling grid per patient or slice, so that an image is
    interpolated once and sequences and mask stay aligned: images are read linearly and
    masks by the nearest neighbour in the same place. Contrast and noise touch images only.
    """

    def __init__(self, settings: AugmentationSettings) -> None:
        super().__init__()
        self.settings = settings
        self._on_host = HostAugmentation(settings.padding)

    def forward(
        self, images: Tensor, masks: Tensor | None, *, generator: Generator
    ) -> tuple[Tensor, Tensor | None]:
        """Return augmented images and masks.

        Everything is worked out in float32. Float16, the store's type, comes back as float32
        and any other type as itself.

        Args:
            images: In [0, 1], shape (N, Q, S, H, W): patients, sequences, slices.
            masks: 0 or 1, shape (N, S, H, W) or the masks of several sequences one after
                another, (N, M x S, H, W), any type; None where no mask is used.
            generator: CPU source of all randomness.
        """
        n_patients, n_slices = images.shape[0], images.shape[2]
        draw = draw_augmentation(self.settings, n_patients, n_slices, generator)
        kept = torch.float32 if images.dtype == torch.float16 else images.dtype
        if images.device.type == "cpu":
            images, masks = self._on_host(draw, images, masks)
        else:
            images, masks = augment_on_device(draw, images, masks, self.settings.padding)
        return images.to(kept), masks if masks is None else masks.to(kept)
