"""The logger of one run, as the configuration names it."""

from typing import Any

from pytorch_lightning.loggers import WandbLogger

from cirrhosis.commands.training_run import RunPlan
from cirrhosis.contracts.sequences import parse_sequences
from cirrhosis.runs.identity import fingerprint
from cirrhosis.tracking.wandb_run import open_wandb


def open_logger(values: dict[str, Any], plan: RunPlan) -> WandbLogger | None:
    """Return the W&B logger of a run; None if W&B is disabled."""
    if values["logger"]["mode"] == "disabled":
        return None
    sequences = parse_sequences(values["sequences"])
    uses = {f"uses_{name}": True for name in sequences}
    identifier = fingerprint({"place": str(plan.folder.folder), "identity": plan.identity})
    return open_wandb(
        mode=values["logger"]["mode"],
        folder=plan.folder.folder,
        project=values["logger"]["project"],
        group=f"{values['name']}-{values['variant']}",
        job_type="fold",
        name=f"{values['sequences']}-f{values['fold']}-s{values['seed']}",
        run_id=identifier[:16],
        tags=[values["name"], values["protocol"]["name"]],
        config=plan.identity | uses | {"n_sequences": len(sequences)},
    )
