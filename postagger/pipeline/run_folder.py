"""A folder with what is done of a run, so that it can go on after an interruption."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from postagger.errors import ConfigError, ModelFileError
from postagger.io import write_whole
from postagger.pipeline.datasets import DataSet
from postagger.pipeline.material import Material
from postagger.pipeline.stages import Plan, Stage
from postagger.pipeline.teachers import ModelTeacher, Teacher, name_of
from postagger.training.checkpoints import INTERVAL, Stops, TrainingCheckpoint
from postagger.training.device import choose_device
from postagger.training.distributed import world
from postagger.version import __version__

_NAME = "run.json"


class RunFolder:
    """The models of the stages that are done, and the checkpoint of the one that is not.

    It is for one run: with other settings or data, or another version, it can't be used.
    """

    def __init__(self, folder: Path, interval: float = INTERVAL) -> None:
        """
        Args:
            interval: see `TrainingCheckpoint`.
        """
        self.path = folder
        self._interval = interval
        self._stops = Stops()

    @property
    def begun(self) -> bool:
        """Whether a run has begun here."""
        return (self.path / _NAME).exists()

    @contextmanager
    def opened(self, plan: Plan) -> Iterator[None]:
        """A context in which the stages of a plan can run, and signals stop them.

        Raises:
            ConfigError: the folder is that of another run, or other processes have another plan.
            ModelFileError: the folder can't be read or written.
        """
        run = run_identity(plan)
        world().check_same(run)
        file = self.path / _NAME
        try:
            if world().is_first and not file.exists():
                write_whole(file, json.dumps(run, indent=2).encode())
            world().first(0)  # the others wait for the file
            before = json.loads(file.read_bytes())
        except (OSError, ValueError, RecursionError) as error:
            problem = (error.strerror if isinstance(error, OSError) else None) or error
            raise ModelFileError(
                f"cannot use the folder of the run {self.path}: {problem}; delete it to begin again"
            ) from None
        if before != run:
            raise ConfigError(
                f"{self.path} is the folder of another run ({_differences(before, run)}): go on with the "
                "command that began it, name another folder, or delete this one"
            )
        with self._stops.handled():
            yield

    def model_file(self, number: int) -> Path:
        """The place for the model of a stage, counted from 1."""
        return self.path / f"{number}.safetensors"

    def checkpoint(self, number: int) -> TrainingCheckpoint:
        """The checkpoint of a stage, counted from 1."""
        return TrainingCheckpoint(self.path / f"{number}.checkpoint", self._stops, self._interval)


def _differences(before: Any, now: Mapping[str, str]) -> str:
    """What differs between two runs, in words."""
    found = before if isinstance(before, dict) else {}
    names = [name for name in now if found.get(name) != now[name]]
    if not names:
        return "of a newer version"
    shown = ("version", "machine")  # the others are digests
    parts = [f"{name}: {found.get(name)} there, {now[name]} here" for name in names if name in shown]
    others = [name for name in names if name not in shown]
    return "; ".join([*([f"other {' and '.join(others)}"] if others else []), *parts])


def run_identity(plan: Plan) -> dict[str, str]:
    """What the result of a plan depends on: digests of settings, data and teachers, and versions."""
    stages = plan.stages
    configs = [each.material and each.material.config.model_dump(mode="json") for each in stages]
    device = "cpu"
    if (last := stages[-1].material) is not None:
        device = choose_device(last.config.training.device).type
    processes = f", {world().size} processes" if world().size > 1 else ""
    return {
        "settings": _digest(configs),
        "data": _digest([_data(each) for each in stages]),
        "teachers": _digest([[_teacher(one) for one in each.teachers] for each in stages]),
        "backbone": _digest([each.material and _backbone(each.material) for each in stages]),
        "version": f"postagger {__version__}, torch {torch.__version__}",
        "machine": f"{device}, {torch.get_num_threads()} threads{processes}",
    }


def _data(stage: Stage) -> Any:
    if stage.material is None:
        return str(stage.file)
    material, text = stage.material, stage.text
    sets = [*material.datasets, *([] if material.dev is None else [material.dev])]
    vectors = material.vectors
    return [
        [_dataset(each) for each in sets],
        None if text is None else [text.sentences, text.weight],
        None if vectors is None else [vectors.words, hashlib.sha256(vectors.vectors.tobytes()).hexdigest()],
        None if material.classes is None else material.classes.strings,
        None if material.subwords is None else material.subwords.plain(),
    ]


def _dataset(dataset: DataSet) -> Any:
    others: Sequence[DataSet] = dataset.others
    return [dataset.head, dataset.sentences, dataset.weight, dataset.mask_rate, *map(_dataset, others)]


def _teacher(teacher: Teacher | str) -> str:
    if isinstance(teacher, ModelTeacher):
        return teacher.identity()
    return teacher if isinstance(teacher, str) else name_of(teacher)


def _backbone(material: Material) -> str | None:
    return None if material.backbone is None else ModelTeacher.of(material.backbone).identity()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """What JSON does not know: sequences and mappings of other types."""
    return dict(value) if isinstance(value, Mapping) else list(value)
