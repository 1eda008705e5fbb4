"""Around a search: its table grows with every trial, and its end says what was chosen by what."""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn, JobStatus
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from cirrhosis.commands.callback_errors import ending_the_process
from cirrhosis.commands.failed_job import record_failure
from cirrhosis.commands.objective import refuse_search
from cirrhosis.contracts.errors import ContractError, describe, first
from cirrhosis.contracts.files import read_json, write_json, write_table

SPACE = "space.json"
TABLE = "search.csv"
# One that is searched over would be chosen for its luck, not for what it is.
NEVER_SEARCHED = ("fold", "seed")
END = """\
best: trial {trial} of {n}, AUROC of the stopping rows {value:.3f} (mean of {folds} folds)
  {settings}
  variant={variant}
It is the best of {n}, so its {value:.3f} is optimistic. In no trial did held-out rows choose
anything, but over the folds every training patient stops one network: the out-of-fold AUROC of
what was searched is slightly optimistic too. Test splits are untouched.
train it: cirrhosis train -m {words}
table: {table}"""


class SearchReport(Callback):
    """Keep the table of a search and say at its end what it found."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Refuse what cannot be searched, and make the place for what the search leaves."""
        del kwargs
        # Optuna's sweeper brings it along, and it speaks of every plugin of its own.
        logging.getLogger("alembic").setLevel(logging.WARNING)
        with ending_the_process():
            parameters = list_parameters(config.hydra)
            refuse_search(config)
            write_json(parameters, Path(config.hydra.sweep.dir) / SPACE)

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        """Say how a trial ended; runs in its own process."""
        del kwargs
        job = Path(config.hydra.runtime.output_dir)
        if not (job.parent / SPACE).exists():
            return
        number = config.hydra.job.num
        if job_return.status == JobStatus.FAILED:
            error = job_return._return_value
            text = "".join(traceback.format_exception(error))
            record_failure(job, config.hydra.overrides.task, reason=describe(error), text=text)
            print(f"trial {number} failed: {describe(error)}")
        else:
            print(f"trial {number}: AUROC of the stopping rows {job_return.return_value:.4f}")
        _write_table(job.parent)

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Say what was chosen and by what; leave with exit code 1 if a trial failed."""
        del kwargs
        folder = Path(config.hydra.sweep.dir)
        table = _write_table(folder)
        for row in table[table["state"] == "failed"].itertuples():
            print(f"trial {row.trial} failed: {row.reason}")
        for row in table[table["chosen"].astype(bool)].to_dict("records"):
            folds = [name for name in row if str(name).startswith("auroc_stopping_fold_")]
            settings = [f"{name}={row[name]}" for name in read_json(folder / SPACE)]
            print(
                END.format(
                    **row | {"n": len(table), "folds": len(folds), "table": folder / TABLE},
                    value=row["auroc_stopping"],
                    settings=" ".join(settings),
                    words=" ".join([*_list_fixed(config.hydra), *settings]),
                )
            )
        if (table["state"] == "failed").any():
            sys.exit(1)


def list_parameters(hydra: DictConfig) -> list[str]:
    """Return the names of what is searched over.

    Raises:
        ContractError: If there is nothing, if it may not be searched over, or if the search
            would look for the worst.
    """
    if str(hydra.sweeper.get("direction")) not in ("maximize", "Direction.maximize"):
        raise ContractError(
            "expected hydra.sweeper.direction=maximize, because an AUROC is searched by, but got"
            f" {hydra.sweeper.get('direction')}; search=optuna sets it, with the rest of a search"
        )
    words = {str(name): f"{name}={space}" for name, space in (hydra.sweeper.params or {}).items()}
    parser = OverridesParser.create()
    parsed = parser.parse_overrides([*words.values(), *hydra.overrides.task])
    swept = {override.get_key_element(): override.is_sweep_override() for override in parsed}
    parameters = [name for name, is_swept in swept.items() if is_swept]
    if not parameters:
        raise ContractError(
            "expected something to search over, but every setting has one value; give"
            " search=learning, or ranges such as 'optimizer.lr=tag(log,interval(1e-4,1e-2))'"
        )
    if "variant" in swept:
        raise ContractError(
            "expected no `variant` in a search, because each trial makes its own from its"
            " settings; leave it out"
        )
    wrong = [name for name in parameters if name in NEVER_SEARCHED]
    if wrong:
        raise ContractError(
            f"expected one value of {first(wrong)} in a search, because luck would be chosen; give"
            " fold=all, and one seed"
        )
    return parameters


def _list_fixed(hydra: DictConfig) -> list[str]:
    parsed = OverridesParser.create().parse_overrides(list(hydra.overrides.task))
    fixed = [override for override in parsed if not override.is_sweep_override()]
    return [
        str(override.input_line)
        for override in fixed
        if override.key_or_group.split(".")[0] not in ("search", "fold")
    ] + ["fold=all"]


def _write_table(folder: Path) -> Any:
    # The first process asks for torch and tables only when there is something to write.
    from cirrhosis.commands.search_table import tabulate_trials

    table = tabulate_trials(folder, read_json(folder / SPACE))
    write_table(table, folder / TABLE)
    return table
