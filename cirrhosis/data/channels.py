"""The channels of a batch: sequence by sequence, slice by slice, then the masks' slices."""

import torch
from torch import Tensor

from cirrhosis.data.movement import Planes


def join_channels(planes: Planes, *, mask: str) -> Tensor:
    """Return the channels of some patients: float32, shape (N, C, height, width).

    The planes may be overwritten. Nothing is copied where images and masks stand side by side
    in one memory already.

    Args:
        planes: Images (N, sequences, slices, height, width) and masks 0 or 1, (N, masks x
            slices, height, width), one for all sequences or one of each; None with `none`.
        mask: `channel` appends the masks' slices, `multiply` clears what is not liver,
            `none` leaves the mask out.
    """
    images, masks = planes.images, planes.masks
    if masks is None or mask == "none":
        return images.flatten(1, 2)
    if mask == "multiply":
        # Fresh memory costs more than the product; a gap between patients would cost a copy.
        out = images if images.is_contiguous() else None
        return torch.mul(images, masks.unflatten(1, (-1, images.shape[2])), out=out).flatten(1, 2)
    if _stand_together(images, masks):
        n_masks = masks.shape[1] // images.shape[2]
        shape = (len(images), images.shape[1] + n_masks, *images.shape[2:])
        return images.as_strided(shape, images.stride()).flatten(1, 2)
    return torch.cat([images.flatten(1, 2), masks], dim=1)


def _stand_together(images: Tensor, masks: Tensor) -> bool:
    """Return whether each patient's masks follow the images in one dense memory."""
    n_patients, n_sequences, n_slices = images.shape[:3]
    n_planes = n_sequences + masks.shape[1] // n_slices
    whole = torch.empty((n_patients, n_planes, *images.shape[2:]), device="meta")
    start = images.storage_offset() + n_sequences * whole.stride(1)
    return bool(
        images.untyped_storage().data_ptr() == masks.untyped_storage().data_ptr()
        and images.stride() == whole.stride()
        and masks.stride() == (whole.stride(0), *whole.stride()[2:])
        and masks.storage_offset() == start
    )
