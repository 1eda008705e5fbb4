"""MLflow runs in a local database or on a server, without what MLflow gathers by itself."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import MLFlowLogger

from cirrhosis.contracts.errors import ContractError
from cirrhosis.tracking.run_label import RunLabel

# Names the run in MLflow, which gives identifiers of its own.
ID_TAG = "cirrhosis.run_id"
# Where MLflow would keep files; none are logged, and its own choice is a path of this machine.
NOWHERE = "mlflow-artifacts:/"
# MLflow notes who runs which script where; a tag that is given replaces what it found.
GATHERED = (
    "mlflow.user",
    "mlflow.source.name",
    "mlflow.source.type",
    "mlflow.source.git.commit",
    "mlflow.source.git.branch",
    "mlflow.source.git.repoURL",
    "mlflow.gitRepoURL",
    "mlflow.gitBranch",
)


def open_mlflow(label: RunLabel, *, uri: str | None, folder: Path, anew: bool) -> MLFlowLogger:
    """Return a logger on the run of this identifier; a new run if there is none.

    Args:
        label: How the run is called; its project is MLflow's experiment.
        uri: Of a server; None keeps `mlflow.db`, an SQLite database, in `folder`.
        folder: Of all runs of the experiment; processes may share it.
        anew: Whether a new run is made even if there is one of this identifier.

    Raises:
        ContractError: If MLflow is not installed.
    """
    # MLflow reports its use to its makers unless told not to before it loads.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    folder.mkdir(parents=True, exist_ok=True)
    place = uri or f"sqlite:///{folder.absolute() / 'mlflow.db'}"
    # Two processes that make the database at once would break it.
    with _alone(folder / "mlflow.lock"):
        client = _open_client(place, is_new=uri is None and not (folder / "mlflow.db").exists())
        experiment = _find_experiment(client, label.project, is_local=uri is None)
        run_id = None if anew else _find_run(client, experiment, label)
        logger = MLFlowLogger(
            experiment_name=label.project,
            run_name=f"{label.group}/{label.name}",
            tracking_uri=place,
            tags=_list_tags(label),
            run_id=run_id,
        )
        if run_id is None:
            logger.log_hyperparams(dict(label.config))
        else:
            client.update_run(run_id, status="RUNNING")
    return logger


def _open_client(place: str, *, is_new: bool) -> Any:
    try:
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
        from mlflow.tracking import MlflowClient
    except ModuleNotFoundError as error:
        raise ContractError(
            "expected mlflow for logger=mlflow, but it is not installed; run `pip install"
            " 'cirrhosis[loggers]'` or use another logger"
        ) from error
    # It tells of every table that it makes.
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    if is_new:
        # Else the database begins with an experiment that names the working directory.
        SqlAlchemyStore(place, NOWHERE)  # type: ignore[no-untyped-call]
    return MlflowClient(place)


def _find_experiment(client: Any, name: str, *, is_local: bool) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = NOWHERE if is_local else None
    return str(client.create_experiment(name, artifact_location=location))


def _find_run(client: Any, experiment: str, label: RunLabel) -> str | None:
    query = f"tags.`{ID_TAG}` = '{label.run_id}'"
    runs = client.search_runs([experiment], query, max_results=1)
    return str(runs[0].info.run_id) if runs else None


def _list_tags(label: RunLabel) -> dict[str, str]:
    own = {"group": label.group, "job_type": label.job_type, ID_TAG: label.run_id}
    return dict.fromkeys(GATHERED, "") | own | dict.fromkeys(label.tags, "true")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
