"""Weights & Biases: a run in a project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.extras import require
from postagger.tracking.tracker import Outcome, Run, metrics_of, results_of, stage_of

if TYPE_CHECKING:
    from postagger.training import EpochRecord

_EXIT = {"finished": 0, "interrupted": 130, "failed": 1}


class WandB:
    """Logs to a project of Weights & Biases: the config, metrics by epoch, and a summary.

    Log in with ``wandb login`` or ``WANDB_API_KEY``; with ``WANDB_MODE=offline``, files are written that
    ``wandb sync`` uploads later. A run that goes on after an interruption has the same identifier.
    """

    def __init__(
        self, project: str = "postagger", *, name: str | None = None, folder: str | Path | None = None
    ) -> None:
        """
        Args:
            project: created if it does not exist.
            name: of the run; default: the service chooses one.
            folder: where its files are written; default: ``wandb`` in the working folder.

        Raises:
            PostaggerError: wandb is not installed.
        """
        require("track", "logging to Weights & Biases needs", "wandb")
        self.project = project
        self._name = name
        self._folder = folder
        self._run: Any = None
        self._stages: set[str] = set()

    def begin(self, run: Run) -> Mapping[str, str]:
        import wandb

        self._run = wandb.init(
            project=self.project,
            name=self._name,
            dir=None if self._folder is None else str(self._folder),
            config={**run.settings, **run.facts},
            id=run.state.get("id"),
            resume="allow" if run.state else None,
            reinit="create_new",
        )
        return {"id": self._run.id}

    def epoch(self, record: EpochRecord) -> None:
        stage = stage_of(record)
        if stage not in self._stages:  # each stage counts its own epochs
            self._stages.add(stage)
            self._run.define_metric(f"{stage}/*", step_metric=f"{stage}/epoch")
        self._run.log({f"{stage}/epoch": record.epoch, **metrics_of(record)})

    def end(self, outcome: Outcome) -> None:
        if outcome.record is not None:
            self._run.summary.update(results_of(outcome.record))
        if outcome.problem:
            self._run.summary["problem"] = outcome.problem
        self._run.finish(exit_code=_EXIT[outcome.status])
