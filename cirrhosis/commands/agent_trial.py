"""A trial of a W&B sweep: its agent starts one command and reads one number."""

import os
from collections.abc import MutableMapping
from typing import Any

from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from hydra.types import TaskFunction
from omegaconf import DictConfig

from cirrhosis.commands.callback_errors import ending_the_process
from cirrhosis.commands.configuration import plain
from cirrhosis.commands.objective import refuse_search

# What an agent says of the run that it waits for.
NAMES = ("WANDB_SWEEP_ID", "WANDB_RUN_ID", "WANDB_SWEEP_PARAM_PATH")
METRIC = "stopping/auroc"


class AgentTrial(Callback):
    """Keep the folds' runs apart from the agent's, which holds their mean alone.

    W&B gives whatever run is opened the identifier that the agent names: five folds would be
    one run, and the agent would read the last one's number.
    """

    def on_job_start(
        self, config: DictConfig, *, task_function: TaskFunction, **kwargs: Any
    ) -> None:
        """Take what the agent says out of the folds' sight."""
        del task_function, kwargs
        self.agent = take(os.environ)
        with ending_the_process():
            refuse_search(config)

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        """Log the objective of the trial, if an agent waits for it."""
        del config, kwargs
        objective = job_return._return_value
        if not isinstance(objective, float) or job_return.cfg is None:
            return
        print(f"{METRIC} {objective:.4f}")
        if self.agent:
            log_trial(
                plain(job_return.cfg), list(job_return.overrides or []), objective, self.agent
            )


def take(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Remove from `environment` what an agent says, and return it; empty without an agent."""
    return {name: environment.pop(name) for name in NAMES if name in environment}


def log_trial(
    values: dict[str, Any], overrides: list[str], objective: float, agent: dict[str, str]
) -> None:
    """Write the run that the agent waits for.

    Args:
        values: Plain configuration of the trial.
        overrides: Of its command line; they name the variant.
        objective: Mean AUROC of the stopping rows over folds.
        agent: Environment in which the agent wants the run.
    """
    import wandb

    from cirrhosis.commands.run_place import name_overrides
    from cirrhosis.commands.tracked_names import tracking_folder
    from cirrhosis.commands.wandb_side_run import label_side_run
    from cirrhosis.contracts.sequences import join_sequences, parse_sequences
    from cirrhosis.tracking.wandb_run import open_run

    sequences = join_sequences(parse_sequences(values["sequences"]))
    variant = values["variant"] or name_overrides(overrides)
    label = label_side_run(
        values,
        variant,
        job_type="trial",
        name=f"{sequences}-s{values['seed']}-{variant}",
        config={"sequences": sequences, "seed": values["seed"]},
    )
    # W&B reads the environment once per process: what the folds made of it is dropped.
    wandb.teardown()
    os.environ.update(agent)
    run = open_run(label, mode=values["logger"]["mode"], folder=tracking_folder(values))
    run.log({METRIC: objective})
    run.finish(exit_code=0)
    take(os.environ)
