"""The callback that averages the weights of one run, as the configuration names it."""

from typing import Any

from hydra.utils import instantiate
from pytorch_lightning.callbacks import StochasticWeightAveraging, WeightAveraging

from cirrhosis.contracts.errors import ContractError


def build_averaging(settings: dict[str, Any]) -> WeightAveraging | None:
    """Return the callback of `callbacks.averaging`, or None.

    Lightning's StochasticWeightAveraging is refused: it validates the weights before they
    are averaged, so that the best epoch would be that of other weights than the saved ones;
    it leaves the average out when training stops early; and it trains one epoch more, in
    which the statistics of batch normalisation are taken anew from augmented images.

    Args:
        settings: The part `callbacks` of the configuration.

    Raises:
        ContractError: If it validates other weights than it leaves behind.
    """
    if not settings["averaging"]:
        return None
    averaging = instantiate(settings["averaging"])
    if isinstance(averaging, StochasticWeightAveraging):
        raise ContractError(
            "expected an averaging callback that validates the average it leaves behind, but"
            " got Lightning's StochasticWeightAveraging, which validates other weights and"
            " averages nothing where training stops early; use callbacks=swa"
        )
    if not isinstance(averaging, WeightAveraging):
        raise ContractError(
            "expected Lightning's WeightAveraging or a kind of it for callbacks.averaging, but"
            f" got {type(averaging).__name__}; use callbacks=ema or callbacks=swa"
        )
    return averaging
