"""TensorBoard: event files in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.errors import ConfigError
from postagger.extras import require
from postagger.io import as_path
from postagger.tracking.tracker import Outcome, Run, metrics_of, results_of

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

    from postagger.training import EpochRecord


class TensorBoard:
    """Writes event files: ``tensorboard --logdir FOLDER`` shows them, and the settings under HPARAMS.

    A run that goes on after an interruption adds a file to its folder. Runs of the same folder are drawn as
    one: give each its own, side by side, to compare them.
    """

    def __init__(self, folder: str | Path) -> None:
        """
        Raises:
            ConfigError: there is a file in the folder's place.
            PostaggerError: tensorboard is not installed.
        """
        require("track", "logging to TensorBoard needs", "tensorboard")
        self.folder = as_path(folder, "TensorBoard's event files are written to a folder", ConfigError)
        if self.folder.is_file():
            raise ConfigError(f"{folder} is a file: name a folder for TensorBoard's event files")
        self._writer: SummaryWriter | None = None

    def begin(self, run: Run) -> Mapping[str, str]:
        from torch.utils.tensorboard import SummaryWriter
        from torch.utils.tensorboard.summary import hparams

        self._writer = writer = SummaryWriter(str(self.folder))
        values = {**run.settings, **run.facts}
        metrics = ("training/loss", "training/dev_accuracy", "test_accuracy")
        experiment, start, self._finished = hparams(values, dict.fromkeys(metrics))
        for summary in (experiment, start):
            writer._get_file_writer().add_summary(summary)
        writer.add_text("settings", "\n".join(f"    {name} = {value}" for name, value in values.items()))
        writer.flush()
        return {}

    def epoch(self, record: EpochRecord) -> None:
        assert self._writer is not None
        for name, value in metrics_of(record).items():
            self._writer.add_scalar(name, value, record.epoch)
        self._writer.flush()

    def end(self, outcome: Outcome) -> None:
        assert self._writer is not None
        if outcome.record is not None:
            for name, value in results_of(outcome.record).items():
                self._writer.add_scalar(name, value, outcome.record.epochs)
            self._writer._get_file_writer().add_summary(self._finished)
        if outcome.problem or outcome.status != "finished":
            self._writer.add_text("outcome", f"{outcome.status} {outcome.problem}".strip())
        self._writer.close()
