"""Probabilities of every patient that a run predicts."""

import pandas as pd
import torch
from pytorch_lightning import Trainer

from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.models.classifier import SliceClassifier


def predict_scores(
    trainer: Trainer, classifier: SliceClassifier, data: SliceDataModule
) -> pd.Series:
    """Return the probability per patient of the held-out fold, then of the test splits."""
    batches = trainer.predict(classifier, data)
    patients = [name for names in data.predicted.values() for name in names]
    scores = torch.cat(batches).double().cpu().numpy()  # type: ignore[arg-type]
    return pd.Series(scores, index=patients)
