"""The segmenter's network: MONAI's DynUNet, flat in its first levels where slices lie far apart."""

from monai.networks.nets.dynunet import DynUNet
from torch import nn

from cirrhosis.models.liver_settings import LiverNetworkSettings


def build_liver_network(settings: LiverNetworkSettings) -> nn.Module:
    """Return a network with one logit per voxel, at 1 / `first_stride` of the input's size.

    The architecture follows nnU-Net (Isensee et al. 2021, Nature Methods 18, 203-211) as MONAI
    writes it: instance normalisation, leaky rectifiers, strided convolutions.
    """
    n_levels, n_dims = len(settings.filters), settings.dimensions
    if n_dims == 2:
        kernels = [[3, 3]] * n_levels
        strides = [[settings.first_stride] * 2] + [[2, 2]] * (n_levels - 1)
    else:
        flat = [level < settings.flat_levels for level in range(n_levels)]
        # MONAI's axes are those of the array here, (z, y, x).
        kernels = [[1, 3, 3] if is_flat else [3, 3, 3] for is_flat in flat]
        first = [1, settings.first_stride, settings.first_stride]
        strides = [first] + [[1, 2, 2] if is_flat else [2, 2, 2] for is_flat in flat[1:]]
    return DynUNet(
        spatial_dims=n_dims,
        in_channels=settings.n_channels,
        out_channels=1,
        kernel_size=kernels,
        strides=strides,
        upsample_kernel_size=strides[1:],
        filters=list(settings.filters),
        norm_name=("INSTANCE", {"affine": True}),
        deep_supervision=settings.deep_supervision > 0,
        deep_supr_num=max(1, settings.deep_supervision),
    )
