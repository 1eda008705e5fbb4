"""The mean over patients of an epoch, whatever the batches and processes they came in."""

import torch
from torch import Tensor
from torchmetrics import Metric


class PatientMean(Metric):
    """Mean of values weighted by how many patients each stands for, over all processes.

    Lightning's own mean over processes cuts the mean size of their parts to an integer (13
    patients of two processes count as 12), and torchmetrics' `MeanMetric` forgets weights
    where it does not look for NaN, which would wait for the device. Undefined without a
    patient: not computed before an update.
    """

    total: Tensor
    n_patients: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("n_patients", torch.tensor(0.0), dist_reduce_fx="sum")

    def update(self, values: Tensor, sizes: Tensor | int) -> None:
        """Add means of `sizes` patients each."""
        self.total += (values * sizes).sum()
        self.n_patients += sizes.sum() if isinstance(sizes, Tensor) else sizes

    def compute(self) -> Tensor:
        """Return the mean."""
        return self.total / self.n_patients
