"""The plan of a comparison: its runs, and the folder that stores their results."""

from __future__ import annotations

import hashlib
import itertools
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from postagger.comparison.challenge import challenge_scheme
from postagger.comparison.systems import System, check_system
from postagger.config.named import check_names
from postagger.corpora import Corpus, is_tagged
from postagger.errors import ConfigError, DataError, brief, short
from postagger.evaluation.challenge import TagScheme
from postagger.io import read_json, why_no_folder, write_whole
from postagger.version import __version__


class Job(NamedTuple):
    """One run: a system with a seed and, in cross-validation, a fold, counted from 1."""

    system: str
    seed: int
    fold: int | None

    def __str__(self) -> str:
        return f"{self.system}, seed {self.seed}{_in_fold(self.fold)}"


@dataclass(frozen=True)
class Preparation:
    """The training of a teacher before the runs that use it; `teacher` counts a system's teachers from 0."""

    system: str
    teacher: int
    fold: int | None

    def __str__(self) -> str:
        return f"teacher {self.teacher + 1} of {self.system}{_in_fold(self.fold)}"


def _in_fold(fold: int | None) -> str:
    return "" if fold is None else f", fold {fold}"


_SHOWN = 10
"""Names of different systems or packages in a message."""

Step = Job | Preparation


@dataclass(frozen=True)
class Plan:
    """The systems to train, the corpora and the number of seeds.

    Attributes:
        corpora: the corpus with its own split, or one corpus for each fold.
        seeds: the seeds are 1 to this number; a deterministic system is trained once.
        folds: the number of folds, or 0 for the corpus's own split.
    """

    systems: tuple[System, ...]
    corpora: tuple[Corpus, ...]
    seeds: int
    folds: int

    def __repr__(self) -> str:
        names = ", ".join(short(system.name) for system in self.systems[:_SHOWN])
        more = ", ..." if len(self.systems) > _SHOWN else ""
        where = f"{short(self.corpora[0].name)}, {self.seeds} seeds, {self.folds or 'no'} folds"
        return f"<Plan of {len(self.jobs)} runs on {where}: {names}{more}>"

    @classmethod
    def make(cls, systems: Sequence[System], corpus: Corpus, *, seeds: int, folds: int = 0) -> Plan:
        """Makes a plan after checking that it can be run.

        Raises:
            ConfigError: there are fewer than two systems, two have the same name, one is not a system, a name
                can't be that of a folder, there is no seed, or a device is not available.
            DataError: there are fewer than three folds, more folds than documents, or no tagged tokens in the
                train or test part.
        """
        if len(systems) < 2:
            raise ConfigError(f"a comparison needs at least two systems, not {len(systems)}")
        for system in systems:
            check_system(system)
        names = [system.name for system in systems]
        check_names(names)
        for name in names:
            _check_folder_name(name)
        if seeds < 1:
            raise ConfigError(f"{seeds} seeds are too few: use 1 or more")
        corpora = corpus.folds(folds) if folds else [corpus]
        for part in ("train", "test"):
            if not all(is_tagged(each.part(part)) for each in corpora):
                raise DataError(f"the {part} part of {corpus.name!r} has no tagged tokens")
        return cls(tuple(systems), tuple(corpora), seeds, folds)

    @property
    def jobs(self) -> list[Job]:
        """All runs, seed by seed, so that early results cover every system."""
        folds = range(1, self.folds + 1) if self.folds else [None]
        return [
            Job(system.name, seed, fold)
            for seed in range(1, self.seeds + 1)
            for system in self.systems
            if system.seeded or seed == 1
            for fold in folds
        ]

    def preparations(self, jobs: Iterable[Job]) -> list[Preparation]:
        """What must be trained before these runs; teachers shared by several systems are included once."""
        needed: dict[tuple[str, int | None], Preparation] = {}
        for job in jobs:
            for number, text in enumerate(self.system(job.system).preparations(self.corpus_of(job))):
                needed.setdefault((text, job.fold), Preparation(job.system, number, job.fold))
        return list(needed.values())

    def system(self, name: str) -> System:
        return next(system for system in self.systems if system.name == name)

    def corpus_of(self, step: Step) -> Corpus:
        return self.corpora[0 if step.fold is None else step.fold - 1]

    @cached_property
    def devices(self) -> dict[str, str]:
        """The kind of device that each system is trained on, if it names one."""
        return {system.name: device for system in self.systems if (device := system.device) is not None}

    @cached_property
    def challenge(self) -> TagScheme | None:
        """The tags of the challenge set that each run predicts too; None if the corpus has others."""
        return challenge_scheme(self.corpora[0])

    @property
    def versions(self) -> dict[str, str]:
        """The versions of Python and of all packages that affect the results."""
        return {name: number for system in self.systems for name, number in _versions(system).items()}

    @cached_property
    def basis(self) -> dict[str, Any]:
        """What every run depends on, as plain data."""
        digest = hashlib.sha256()
        # The first fold's corpus contains every sentence, so it determines the others.
        first = self.corpora[0]
        for sentence in itertools.chain(first.train, ["dev"], first.dev, ["test"], first.test):
            digest.update(json.dumps(sentence).encode())
        for other in first.others:
            digest.update(json.dumps([other.head, other.train, other.dev, other.test]).encode())
        return {
            "corpus": first.name,
            "sentences": digest.hexdigest(),
            "folds": self.folds,
        }

    def basis_of(self, job: Job) -> dict[str, Any]:
        """What one run depends on: a run with the same basis gives the same results."""
        system = self.system(job.system)
        return {
            **self.basis,
            **job._asdict(),
            "system": system.identity(),
            "versions": _versions(system),
            "device": self.devices.get(job.system),
        }

    @property
    def identity(self) -> dict[str, Any]:
        """The whole plan as plain data."""
        systems = {system.name: system.identity() for system in self.systems}
        return {
            **self.basis,
            "seeds": self.seeds,
            "systems": systems,
            "versions": self.versions,
            "devices": self.devices,
        }

    def claim(self, folder: Path, *, force: bool = False) -> None:
        """Reserves a folder for this plan.

        Args:
            force: replace another plan in the folder; runs that belong to both plans are reused.

        Raises:
            ConfigError: it contains another plan, or other files.
            DataError: it can't be written.
        """
        file = folder / "plan.json"
        mine: dict[str, Any] = json.loads(json.dumps(self.identity))
        try:
            if not file.exists() and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise ConfigError(
                    f"{folder} exists and is not the folder of a comparison: choose another with -o"
                )
            if file.exists() and not force:
                differing = _differences(_read(file), mine)
                if differing:
                    raise ConfigError(
                        f"{folder} contains another comparison ({'; '.join(differing)}): choose another "
                        "folder with -o, or replace it with --force, which reuses the runs that both have"
                    )
            write_whole(file, json.dumps(mine, indent=1).encode())
        except OSError as error:
            raise DataError(f"cannot write to {folder}: {error.strerror or error}") from None


def _check_folder_name(name: str) -> None:
    """Checks that a system's name can be that of a folder, so that its runs stay in the folder of runs.

    Raises:
        ConfigError: it can't.
    """
    reason = why_no_folder(name)
    if reason is not None:
        raise ConfigError(
            f"the system {brief(name)} can't have a folder of that name for its runs ({reason})"
        )


def _versions(system: System) -> dict[str, str]:
    installed = {package: version(package) for package in system.packages}
    return {"postagger": __version__, "Python": platform.python_version(), **installed}


def _read(file: Path) -> dict[str, Any]:
    try:
        there = read_json(file)
    except ValueError:
        there = None
    if not isinstance(there, dict):
        raise ConfigError(
            f"{file} is not the plan of a comparison: choose another folder with -o, or --force"
        )
    return there


def _differences(there: dict[str, Any], mine: dict[str, Any]) -> list[str]:
    """Describes how two plans differ."""
    found = []
    for key in mine:
        before, now = there.get(key), mine[key]
        if before == now:
            continue
        if isinstance(before, dict) and isinstance(now, dict):
            names = [name for name in {**now, **before} if before.get(name) != now.get(name)]
            shown = [short(name) for name in names[:_SHOWN]]
            more = len(names) - len(shown)
            found.append(f"{key}: {', '.join(shown)}{f' and {more} more' if more else ''}")
        elif key == "sentences":
            found.append("different sentences")
        else:
            found.append(f"{key}: {short(before)} there, {short(now)} now")
    return found
