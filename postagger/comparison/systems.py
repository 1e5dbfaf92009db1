"""Systems to compare: configs, baselines, and others with the same interface."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from postagger.baselines import BASELINES, SEEDED, check_baseline, is_available, train_baseline
from postagger.comparison.descriptions import description_of
from postagger.comparison.whole import train_whole
from postagger.config import Config, Overrides
from postagger.config.named import Configs, named_configs
from postagger.config.presets import LADDER, preset_path
from postagger.corpora import Corpus
from postagger.errors import ConfigError
from postagger.pipeline import further_basis, plan_teacher, run_plan, teacher_configs
from postagger.registry import Registry
from postagger.tagger import SentenceTagger, Tagger
from postagger.training import EpochRecord, choose_device

OnEpoch = Callable[[EpochRecord], None]


class System(Protocol):
    """Something that trains taggers and can be compared with others.

    Systems of other packages subclass it and define at least four members: `name`, `description`, `identity`
    and `train`. Systems are sent to worker processes, so their classes must be at the top of a module.
    """

    name: str
    """Its unique name in tables, and the name of the folder of its runs."""

    @property
    def description(self) -> str:
        """A one-line description for the report."""
        raise NotImplementedError

    def identity(self) -> dict[str, Any]:
        """Everything that its training depends on, as plain data, except corpus, seed and versions.

        A saved run is reused as long as this stays the same.
        """
        raise NotImplementedError

    def train(self, corpus: Corpus, seed: int, on_epoch: OnEpoch, cache: Path) -> SentenceTagger:
        """Trains a tagger on ``corpus.train``; may use ``corpus.dev`` for model selection.

        Args:
            on_epoch: to be called after each epoch, if there are epochs.
            cache: a folder for files that several runs can share.
        """
        raise NotImplementedError

    @property
    def seeded(self) -> bool:
        """Whether the result depends on the seed; if not, it is trained once."""
        return True

    @property
    def packages(self) -> tuple[str, ...]:
        """The Python distributions whose versions affect its results."""
        return ()

    @property
    def device(self) -> str | None:
        """The kind of device that it is trained on, such as ``cuda``; None for the CPU."""
        return None

    def preparations(self, corpus: Corpus) -> Sequence[str]:  # noqa: ARG002
        """What must be trained before its runs on a corpus, such as teachers.

        Returns:
            For each, a string of everything that it depends on; those with equal strings are trained once.
        """
        return ()

    def prepare(self, number: int, corpus: Corpus, cache: Path) -> float | None:  # noqa: ARG002
        """Trains one of its `preparations`, saves it in the cache and returns the dev accuracy."""
        raise LookupError(f"{self.name} has no preparation {number}")

    def save(self, tagger: SentenceTagger, file: Path) -> None:  # noqa: ARG002
        """Saves a tagger that it has trained, if it can; `file` has no suffix."""
        return


_MEMBERS = ("name", *(member for member in vars(System) if not member.startswith("_")))
"""The members of every system."""

_WITHOUT_DEFAULT = ("description", "identity", "train")


@dataclass(frozen=True)
class SystemKind:
    """A registered system; `target`, called without arguments, returns it."""

    target: Callable[[], System]


SYSTEMS = Registry("system", "postagger.systems", SystemKind)
"""Every system that ``compare --baselines`` can name."""

Make = TypeVar("Make", bound=Callable[[], System])


def register_system(name: str) -> Callable[[Make], Make]:
    """A decorator that registers the class of a system, or a function that returns one.

    The system can then be chosen with ``postagger compare --baselines``.

    Args:
        name: its name on the command line.

    Raises:
        ConfigError: the name is taken.
    """

    def register(make: Make) -> Make:
        SYSTEMS.add(name, SystemKind(make))
        return make

    return register


@dataclass(frozen=True)
class ConfiguredSystem(System):
    """A tagger of this package, trained with a config; the config's corpus and seed are ignored.

    Attributes:
        changes: settings that the description names.
    """

    name: str
    config: Config
    changes: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        return description_of(self.config, self.changes)

    @property
    def packages(self) -> tuple[str, ...]:
        return ("torch",)

    @property
    def device(self) -> str:
        return choose_device(self.config.training.device).type

    def preparations(self, corpus: Corpus) -> list[str]:
        return [teacher.model_dump_json() for teacher in self.teachers(corpus)]

    def teachers(self, corpus: Corpus) -> list[Config]:
        """The configs of its teachers on a corpus, the same for every seed.

        Raises:
            ConfigError: a teacher's config can't be read, or has changed since the comparison began.
        """
        if further_basis(self.config) != self._further_basis:
            raise ConfigError(
                "a teacher's config has changed during the comparison: run the same command again"
            )
        return teacher_configs(self.config.with_corpus(corpus.settings))

    def identity(self) -> dict[str, Any]:
        settings = self.config.model_dump(mode="json", exclude={"corpus"})
        del settings["training"]["seed"]
        return settings | self._further_basis

    @cached_property
    def _further_basis(self) -> dict[str, Any]:
        return further_basis(self.config)

    def train(self, corpus: Corpus, seed: int, on_epoch: OnEpoch, cache: Path) -> SentenceTagger:
        self.teachers(corpus)  # raises an error if they have changed
        training = self.config.training.model_copy(update={"seed": seed})
        config = self.config.model_copy(update={"training": training})
        return train_whole(corpus, config, on_epoch=on_epoch, cache=cache)

    def prepare(self, number: int, corpus: Corpus, cache: Path) -> float | None:
        return run_plan(plan_teacher(corpus, self.teachers(corpus)[number], cache)).record.dev_accuracy

    def save(self, tagger: SentenceTagger, file: Path) -> None:
        assert isinstance(tagger, Tagger)
        tagger.save(file.with_name(f"{file.name}.safetensors"))


@dataclass(frozen=True)
class BaselineSystem(System):
    """A tagger of NLTK; see `BASELINES` for the names."""

    name: str

    @property
    def seeded(self) -> bool:
        return self.name in SEEDED

    @property
    def description(self) -> str:
        return BASELINES[self.name]

    @property
    def packages(self) -> tuple[str, ...]:
        return ("nltk", "python-crfsuite") if self.name == "crfsuite" else ("nltk",)

    def identity(self) -> dict[str, Any]:
        return {"baseline": self.description}

    def train(self, corpus: Corpus, seed: int, on_epoch: OnEpoch, cache: Path) -> SentenceTagger:  # noqa: ARG002
        return train_baseline(self.name, corpus, seed)


for _name in BASELINES:
    SYSTEMS.add(_name, SystemKind(partial(BaselineSystem, _name)))


def config_systems(configs: Configs, overrides: Overrides = ()) -> list[ConfiguredSystem]:
    """Makes a system from each config.

    Args:
        configs: TOML files or shipped configs, whose systems are called as the file; or, with a name and
            settings, ``"narrow=window:model.left=1,model.right=1"``; or a mapping, from names to files,
            shipped configs, a `Config` or plain data, as in
            ``{"narrow": load_config("window", {"model.left": 1, "model.right": 1}), "lstm": "lstm"}``.
        overrides: for all configs that are named here, except where one has settings of its own.

    Raises:
        ConfigError: a config does not exist or is not valid, or two systems would have the same name.
    """
    return [ConfiguredSystem(*each) for each in named_configs(configs, overrides)]


def baseline_systems(names: Iterable[str]) -> list[System]:
    """Makes systems from names of NLTK baselines and registered systems.

    Args:
        names: ``all`` stands for all available baselines; ``package.module:Name`` is imported.

    Raises:
        ConfigError: there is no such system, or it lacks a member of `System`.
        PostaggerError: a package that a baseline needs is not installed.
    """
    chosen: list[str] = []
    for name in names:
        chosen += filter(is_available, BASELINES) if name == "all" else [name]
    return [_made(name) for name in dict.fromkeys(chosen)]


def _made(name: str) -> System:
    system: System = SYSTEMS.target(name)()
    check_system(system, name)
    if name in BASELINES:
        check_baseline(name)
    return system


def check_system(system: System, name: str = "") -> None:
    """Checks that a system has all members of `System`.

    Raises:
        ConfigError: some are missing.
    """
    missing = [member for member in _MEMBERS if not _has(system, member)]
    if missing:
        called = f"the system {name!r}" if name else repr(system)
        raise ConfigError(
            f"{called} can't be compared: it lacks {', '.join(missing)}; see postagger.comparison.System"
        )


def _has(system: object, member: str) -> bool:
    """Whether a system defines a member, or inherits a default that `System` implements."""
    given = getattr(type(system), member, None)
    if member in _WITHOUT_DEFAULT and given is vars(System)[member]:
        return False
    return given is not None or hasattr(system, member)


def ladder(overrides: Overrides = ()) -> list[System]:
    """All systems of the ladder: every available baseline, then the shipped configs from the simplest up.

    Raises:
        ConfigError: an override does not fit every config, or the shipped configs are missing.
    """
    files = [preset_path(name) for name in LADDER]
    return [*baseline_systems(["all"]), *config_systems(files, overrides)]
