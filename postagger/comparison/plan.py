"""What a comparison is to do, and the folder that keeps what it has done."""

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

from postagger.comparison.systems import System, check_system
from postagger.corpora import Corpus, is_tagged
from postagger.errors import ConfigError, DataError
from postagger.io import write_whole
from postagger.version import __version__


class Job(NamedTuple):
    """One training: a system with a seed; in cross-validation on one of the folds, from 1 on."""

    system: str
    seed: int
    fold: int | None

    def __str__(self) -> str:
        return f"{self.system}, seed {self.seed}{_in_fold(self.fold)}"


@dataclass(frozen=True)
class Preparation:
    """The training of a teacher, before the runs that learn from it: of the system's n-th one, from 0 on."""

    system: str
    teacher: int
    fold: int | None

    def __str__(self) -> str:
        return f"teacher {self.teacher + 1} of {self.system}{_in_fold(self.fold)}"


def _in_fold(fold: int | None) -> str:
    return "" if fold is None else f", fold {fold}"


Step = Job | Preparation


@dataclass(frozen=True)
class Plan:
    """Which systems are to be trained on which corpus, with how many seeds.

    Attributes:
        corpora: the corpus with its own split, or one corpus for each fold.
        seeds: 1 to this number; a system that uses no chance is trained once.
        folds: how many, or 0 for the corpus's own split.
    """

    systems: tuple[System, ...]
    corpora: tuple[Corpus, ...]
    seeds: int
    folds: int

    @classmethod
    def make(cls, systems: Sequence[System], corpus: Corpus, *, seeds: int, folds: int = 0) -> Plan:
        """Checks that the plan can be carried out.

        Raises:
            ConfigError: fewer than two systems, two of one name, one that is none, fewer than one seed, or no such device.
            DataError: fewer than three folds, more than documents, or nothing to test on.
        """
        if len(systems) < 2:
            raise ConfigError(f"a comparison needs two systems or more, and here is {len(systems)}")
        for system in systems:
            check_system(system)
        names = [system.name for system in systems]
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled is not None:
            raise ConfigError(f"two systems are called {doubled!r}: name it once, or rename a config")
        if seeds < 1:
            raise ConfigError(f"{seeds} seeds train nothing: use 1 or more")
        corpora = corpus.folds(folds) if folds else [corpus]
        for part in ("train", "test"):
            if not all(is_tagged(each.part(part)) for each in corpora):
                raise DataError(f"the {part} part of {corpus.name!r} holds no token with a tag")
        return cls(tuple(systems), tuple(corpora), seeds, folds)

    @property
    def jobs(self) -> list[Job]:
        """All trainings, seed by seed, so that what is done early says something of every system."""
        folds = range(1, self.folds + 1) if self.folds else [None]
        return [
            Job(system.name, seed, fold)
            for seed in range(1, self.seeds + 1)
            for system in self.systems
            if system.seeded or seed == 1
            for fold in folds
        ]

    def preparations(self, jobs: Iterable[Job]) -> list[Preparation]:
        """What some trainings need to be done before them; teachers that systems have in common once."""
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
        """The kind of device that each system is trained on, where it says one."""
        return {system.name: device for system in self.systems if (device := system.device) is not None}

    @property
    def versions(self) -> dict[str, str]:
        """Of Python and of each package that has a part in the figures."""
        return {name: number for system in self.systems for name, number in _versions(system).items()}

    @cached_property
    def basis(self) -> dict[str, Any]:
        """What every run rests on, as plain data."""
        digest = hashlib.sha256()
        # The first fold's corpus holds every sentence, so it tells the others too.
        first = self.corpora[0]
        for sentence in itertools.chain(first.train, ["dev"], first.dev, ["test"], first.test):
            digest.update(json.dumps(sentence).encode())
        return {
            "corpus": first.name,
            "sentences": digest.hexdigest(),
            "folds": self.folds,
        }

    def basis_of(self, job: Job) -> dict[str, Any]:
        """What one run rests on: if that is the same, so is the run."""
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
        """Makes a folder this plan's own.

        Args:
            force: take it over from another plan, whose runs stay as far as this plan has them too.

        Raises:
            ConfigError: it holds another plan, or something else.
            DataError: it can't be written.
        """
        file = folder / "plan.json"
        mine: dict[str, Any] = json.loads(json.dumps(self.identity))
        try:
            if not file.exists() and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
                raise ConfigError(f"{folder} is there already and is no comparison's: choose another with -o")
            if file.exists() and not force:
                differing = _differences(_read(file), mine)
                if differing:
                    raise ConfigError(
                        f"{folder} holds another comparison ({'; '.join(differing)}): choose another folder "
                        "with -o, or go on in this one with --force, which keeps the runs that both have"
                    )
            write_whole(file, json.dumps(mine, indent=1).encode())
        except OSError as error:
            raise DataError(f"cannot write to {folder}: {error.strerror or error}") from None


def _versions(system: System) -> dict[str, str]:
    installed = {package: version(package) for package in system.packages}
    return {"postagger": __version__, "Python": platform.python_version(), **installed}


def _read(file: Path) -> dict[str, Any]:
    try:
        there = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        there = None
    if not isinstance(there, dict):
        raise ConfigError(f"{file} is no plan of a comparison: choose another folder with -o, or --force")
    return there


def _differences(there: dict[str, Any], mine: dict[str, Any]) -> list[str]:
    """In which respects two plans differ, in words."""
    found = []
    for key in mine:
        before, now = there.get(key), mine[key]
        if before == now:
            continue
        if isinstance(before, dict) and isinstance(now, dict):
            names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
            found.append(f"{key}: {', '.join(names)}")
        elif key == "sentences":
            found.append("other sentences")
        else:
            found.append(f"{key}: {before} there, {now} now")
    return found
