"""Probabilities of every patient that a run predicts."""

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pytorch_lightning import Trainer

from cirrhosis.contracts.errors import ContractError
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.models.classifier import SliceClassifier


def predict_scores(
    trainer: Trainer, classifier: SliceClassifier, data: SliceDataModule
) -> pd.Series:
    """Return the probability per patient of the held-out fold, then of the test splits.

    Of several processes each predicts its part, and all return the whole.
    """
    batches = trainer.predict(classifier, data)
    patients = [name for names in data.predicted.values() for name in names]
    scores = torch.cat(batches or [torch.empty(0)]).double().cpu().numpy()  # type: ignore[arg-type]
    parts = [scores]
    if trainer.world_size > 1:
        parts = [np.empty(0)] * trainer.world_size
        torch.distributed.all_gather_object(parts, scores)
    return pd.Series(interleave(parts, len(patients)), index=patients)


def interleave(parts: list[NDArray[np.float64]], n_rows: int) -> NDArray[np.float64]:
    """Return the scores of all rows; part r of n holds those of rows r, r + n, r + 2n, ...

    Raises:
        ContractError: If a part holds another number of scores than it has rows.
    """
    whole = np.full(n_rows, np.nan)
    for rank, part in enumerate(parts):
        n_expected = len(range(rank, n_rows, len(parts)))
        if len(part) != n_expected:
            raise ContractError(
                f"expected rank {rank} of {len(parts)} to predict {n_expected} of {n_rows}"
                f" patients, each once, but it predicted {len(part)}; the loader's batches are"
                " not the data module's own"
            )
        whole[rank :: len(parts)] = part
    return whole
