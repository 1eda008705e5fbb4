"""How much each slice of a patient counts."""

import torch
from torch import Tensor, nn


class EvenWeights(nn.Module):
    """Let every slice count the same: pooling by the mean."""

    def forward(self, features: Tensor) -> Tensor:
        """Return weights of shape (N, S) for features (N, S, F)."""
        n_patients, n_slices, _ = features.shape
        return features.new_full((n_patients, n_slices), 1 / n_slices)


class GatedAttention(nn.Module):
    r"""Let a small network decide how much a slice counts.

    The weight of a slice with features `h` is the softmax over the patient's slices of
    `w . (tanh(V h) * sigmoid(U h))`. The order of the slices plays no part.

    Args:
        n_features: Features of a slice.
        n_hidden: Rows of V and U; 128 in the reference's experiments.

    References:
        Ilse, Tomczak, Welling (2018), Attention-based deep multiple instance learning, ICML,
        PMLR 80, 2127-2136: gated attention.
    """

    def __init__(self, n_features: int, *, n_hidden: int = 128) -> None:
        super().__init__()
        self.content = nn.Linear(n_features, n_hidden, bias=False)
        self.gate = nn.Linear(n_features, n_hidden, bias=False)
        self.score = nn.Linear(n_hidden, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return weights of shape (N, S) that sum to 1, for features (N, S, F)."""
        hidden = torch.tanh(self.content(features)) * torch.sigmoid(self.gate(features))
        return self.score(hidden).squeeze(2).softmax(dim=1)
