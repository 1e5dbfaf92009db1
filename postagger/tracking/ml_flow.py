"""MLflow: a run in an experiment."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from postagger.extras import require
from postagger.tracking.tracker import Outcome, Run, metrics_of, results_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from postagger.training import EpochRecord

_LONGEST = 6000
"""Characters of a parameter's value that MLflow takes."""

_BATCH = 100
"""Parameters that it takes at once."""

_STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}


class MLflow:
    """Logs to an MLflow experiment: parameters, metrics by epoch, and how the run ended.

    The store is that of ``MLFLOW_TRACKING_URI``, or MLflow's default. The run that is active in MLflow's own
    functions is neither used nor changed. A run that goes on after an interruption is the same in MLflow.
    """

    def __init__(
        self, experiment: str = "postagger", *, name: str | None = None, tracking_uri: str | None = None
    ) -> None:
        """
        Args:
            experiment: created if it does not exist.
            name: of the run; default: MLflow chooses one.
            tracking_uri: a server, a database or a folder instead of ``MLFLOW_TRACKING_URI``.

        Raises:
            PostaggerError: MLflow is not installed.
        """
        require("track", "logging to MLflow needs", "mlflow")
        self.experiment = experiment
        self._name = name
        self._uri = tracking_uri
        self._client: MlflowClient | None = None
        self.run_id = ""

    def begin(self, run: Run) -> Mapping[str, str]:
        from mlflow import MlflowClient
        from mlflow.entities import Param
        from mlflow.exceptions import MlflowException

        self._client = client = MlflowClient(self._uri)
        if "run_id" in run.state:
            with contextlib.suppress(MlflowException):  # it was deleted meanwhile: begin another one
                client.update_run(run.state["run_id"], status="RUNNING")
                self.run_id = run.state["run_id"]
                return run.state
        found = client.get_experiment_by_name(self.experiment)
        number = client.create_experiment(self.experiment) if found is None else found.experiment_id
        self.run_id = client.create_run(number, run_name=self._name).info.run_id
        values = {**run.settings, **run.facts}
        parameters = [Param(name, str(value)[:_LONGEST]) for name, value in values.items()]
        for start in range(0, len(parameters), _BATCH):
            client.log_batch(self.run_id, params=parameters[start : start + _BATCH])
        return {"run_id": self.run_id}

    def epoch(self, record: EpochRecord) -> None:
        self._log(metrics_of(record), record.epoch)

    def end(self, outcome: Outcome) -> None:
        assert self._client is not None
        if outcome.record is not None:
            self._log(results_of(outcome.record), outcome.record.epochs)
        if outcome.problem:
            self._client.set_tag(self.run_id, "problem", outcome.problem)
        self._client.set_terminated(self.run_id, _STATUS[outcome.status])

    def _log(self, metrics: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        assert self._client is not None
        now = int(1000 * time.time())
        self._client.log_batch(
            self.run_id, metrics=[Metric(name, value, now, step) for name, value in metrics.items()]
        )
