"""How sequences are aligned: plain values, which the store's manifest records."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RegistrationSettings:
    """How sequences are aligned to the fixed one.

    Attributes:
        method: `simpleitk`, `network` (an estimator that the command injects), or `none`
            (scanner coordinates as they are).
        model: Name of the trained models of `method=network`; empty otherwise.
        target: The fixed sequence, `pvp` as published; `t1` needs no contrast agent.
        spacing_mm: Voxel size of the isotropic copies; 3 is fast, 2 a little more exact.
        dilation_mm: How far around the fixed liver the metric looks.
        even_bias: Whether smooth fields of the coils are taken out of the copies (N4). They
            move the maximum of the information by 1-3 mm, at times far away.
        bins: Histogram bins of each image.
        sampling: Fraction of the region's voxels in each evaluation of the metric.
        seed: Of the choice of those voxels.
        shrink_factors: Coarsening of the levels, first to last. The last level is entered
            twice with fresh samples: the optimiser now and then stops early in the first.
        smoothing_mm: Blur of the levels, first to last.
        iterations: Largest number of steps in each level.
        step_mm: First step of the optimiser, as a shift in space.
        tolerance_mm: Step at which the optimiser stops.
        max_rotation_deg: A larger rotation is not believed.
        max_translation_mm: A larger shift of the region's centre is not believed.
    """

    method: str = "simpleitk"
    model: str = ""
    target: str = "pvp"
    spacing_mm: float = 3.0
    dilation_mm: float = 10.0
    even_bias: bool = True
    bins: int = 32
    sampling: float = 0.3
    seed: int = 17
    shrink_factors: tuple[int, ...] = (4, 2, 1, 1)
    smoothing_mm: tuple[float, ...] = (6.0, 3.0, 0.0, 0.0)
    iterations: int = 100
    step_mm: float = 3.0
    tolerance_mm: float = 0.005
    max_rotation_deg: float = 15.0
    max_translation_mm: float = 40.0
