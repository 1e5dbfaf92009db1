"""What can be compared: configs, baselines, and whatever else trains a tagger and has the same interface."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from postagger.baselines import BASELINES, SEEDED, check_baseline, is_available, train_baseline
from postagger.config import Config, load_config
from postagger.config.presets import LADDER, preset_path
from postagger.corpora import Corpus
from postagger.errors import ConfigError
from postagger.pipeline import further_basis, plan_teacher, run_plan, teacher_configs
from postagger.registry import Registry
from postagger.tagger import SentenceTagger, Tagger
from postagger.training import EpochRecord, choose_device

OnEpoch = Callable[[EpochRecord], None]


class System(Protocol):
    """Something that trains taggers, to be compared with others.

    A system of another package subclasses it, which leaves it four members to write: `name`, `description`,
    `identity` and `train`. It is sent to worker processes, so its class is defined at the top of a module.
    """

    name: str
    """What tables call it, and a folder of its runs; no two systems share one."""

    @property
    def description(self) -> str:
        """What it is, in a line of the report."""
        raise NotImplementedError

    def identity(self) -> dict[str, Any]:
        """All that its training depends on as plain data, except for corpus, seed and versions.

        A run that is kept in a folder is not done again as long as this stays the same.
        """
        raise NotImplementedError

    def train(self, corpus: Corpus, seed: int, on_epoch: OnEpoch, cache: Path) -> SentenceTagger:
        """Trains a tagger on ``corpus.train``; it may choose on ``corpus.dev``.

        Args:
            on_epoch: to be called after each epoch, where there are epochs.
            cache: a folder for what several runs can share.
        """
        raise NotImplementedError

    @property
    def seeded(self) -> bool:
        """Whether two seeds may give two taggers; if not, it is trained once."""
        return True

    @property
    def packages(self) -> tuple[str, ...]:
        """The distributions whose versions have a part in its figures."""
        return ()

    @property
    def device(self) -> str | None:
        """The kind of device that it is trained on, such as ``cuda``; None for the CPU."""
        return None

    def preparations(self, corpus: Corpus) -> Sequence[str]:  # noqa: ARG002
        """What has to be trained before its runs on a corpus, such as teachers.

        Returns:
            A text for each that tells all it depends on: what has the same text is trained once for all.
        """
        return ()

    def prepare(self, number: int, corpus: Corpus, cache: Path) -> float | None:  # noqa: ARG002
        """Trains one of its `preparations`, to be found in the cache by its runs; gives the dev accuracy."""
        raise LookupError(f"{self.name} has no preparation {number}")

    def save(self, tagger: SentenceTagger, file: Path) -> None:  # noqa: ARG002
        """Keeps a tagger that it has trained, if it can; `file` has no suffix."""
        return


_MEMBERS = ("name", *(member for member in vars(System) if not member.startswith("_")))
"""What every system has."""

_WITHOUT_DEFAULT = ("description", "identity", "train")


@dataclass(frozen=True)
class SystemKind:
    """Called without arguments, `target` gives a system."""

    target: Callable[[], System]


SYSTEMS = Registry("system", "postagger.systems", SystemKind)
"""Every system that ``compare --baselines`` can name."""

Make = TypeVar("Make", bound=Callable[[], System])


def register_system(name: str) -> Callable[[Make], Make]:
    """A decorator that makes a system known to ``postagger compare --baselines``.

    Args:
        name: what the command line calls it. What is decorated is a class, or a function that gives a system.

    Raises:
        ConfigError: the name is taken.
    """

    def register(make: Make) -> Make:
        SYSTEMS.add(name, SystemKind(make))
        return make

    return register


@dataclass(frozen=True)
class ConfiguredSystem(System):
    """A tagger of ours, to be trained as a config says; the config's corpus and seed play no part."""

    name: str
    config: Config

    @property
    def description(self) -> str:
        model, words = self.config.model, self.config.words
        parts = [model.description]
        if words.character_dim:
            parts.append("character convolution")
        if words.vectors:
            parts.append("pretrained vectors")
        if model.output == "crf":
            parts.append("CRF output")
        if self.config.training.rdrop_weight:
            parts.append("two forward passes per batch")
        parts += _more_corpora(self.config)
        return ", ".join(parts)

    @property
    def packages(self) -> tuple[str, ...]:
        return ("torch",)

    @property
    def device(self) -> str:
        return choose_device(self.config.training.device).type

    def preparations(self, corpus: Corpus) -> list[str]:
        return [teacher.model_dump_json() for teacher in self.teachers(corpus)]

    def teachers(self, corpus: Corpus) -> list[Config]:
        """The runs that train its teachers on a corpus, the same for every seed.

        Raises:
            ConfigError: a config of teachers can't be read, or was changed since the comparison began.
        """
        if further_basis(self.config) != self._further_basis:
            raise ConfigError("a config of teachers was changed meanwhile: run the same command again")
        return teacher_configs(self.config.with_corpus(corpus.settings))

    def identity(self) -> dict[str, Any]:
        settings = self.config.model_dump(mode="json", exclude={"corpus"})
        del settings["training"]["seed"]
        return settings | self._further_basis

    @cached_property
    def _further_basis(self) -> dict[str, Any]:
        return further_basis(self.config)

    def train(self, corpus: Corpus, seed: int, on_epoch: OnEpoch, cache: Path) -> SentenceTagger:
        self.teachers(corpus)  # they are as they were
        training = self.config.training.model_copy(update={"seed": seed})
        config = self.config.model_copy(update={"training": training})
        return Tagger.train(corpus, config, on_epoch=on_epoch, cache=cache)

    def prepare(self, number: int, corpus: Corpus, cache: Path) -> float | None:
        return run_plan(plan_teacher(corpus, self.teachers(corpus)[number], cache)).record.dev_accuracy

    def save(self, tagger: SentenceTagger, file: Path) -> None:
        assert isinstance(tagger, Tagger)
        tagger.save(file.with_name(f"{file.name}.safetensors"))


@dataclass(frozen=True)
class BaselineSystem(System):
    """A tagger of NLTK's; see `BASELINES` for the names."""

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


def _more_corpora(config: Config) -> list[str]:
    """What a config learns beside its main corpus, in words."""
    first, plain = config.pretraining, config.distillation
    learned = [
        ("first trained on", [*first.corpora, *(f"masked words of {text}" for text in first.text)]),
        ("together with", [job.head_name for job in config.datasets]),
        ("taught on", plain.text),
    ]
    return [f"{how} {' and '.join(names)}" for how, names in learned if names]


def config_systems(files: Iterable[str | Path], overrides: Iterable[str] = ()) -> list[ConfiguredSystem]:
    """A system of each config: a file, by whose stem it is called, or the name of a shipped one.

    Raises:
        ConfigError: there is no such config, or something in it is wrong.
    """
    overrides = list(overrides)
    return [ConfiguredSystem(Path(file).stem, load_config(file, overrides)) for file in files]


def baseline_systems(names: Iterable[str]) -> list[System]:
    """The systems of these names: NLTK's baselines, and those that have been registered.

    Args:
        names: ``all`` stands for the baselines that can be trained here; ``package.module:Name`` is imported.

    Raises:
        ConfigError: there is no such system, or it lacks something that a `System` has.
        PostaggerError: a package that a baseline needs is not installed.
    """
    chosen: list[str] = []
    for name in names:
        chosen += filter(is_available, BASELINES) if name == "all" else [name]
    return [_made(name) for name in dict.fromkeys(chosen)]


def _made(name: str) -> System:
    system = SYSTEMS.find(name).target()
    check_system(system, name)
    if name in BASELINES:
        check_baseline(name)
    return system


def check_system(system: System, name: str = "") -> None:
    """
    Raises:
        ConfigError: something that a `System` has is missing.
    """
    missing = [member for member in _MEMBERS if not _has(system, member)]
    if missing:
        called = f"the system {name!r}" if name else repr(system)
        raise ConfigError(
            f"{called} can't be compared: it lacks {', '.join(missing)}; see postagger.comparison.System"
        )


def _has(system: object, member: str) -> bool:
    """Whether a member is there, and is not one that `System` leaves to be written."""
    given = getattr(type(system), member, None)
    if member in _WITHOUT_DEFAULT and given is vars(System)[member]:
        return False
    return given is not None or hasattr(system, member)


def ladder(overrides: Iterable[str] = ()) -> list[System]:
    """The whole ladder: every baseline that can be had here, then the shipped configs.

    Raises:
        ConfigError: an override does not fit every config, or the shipped configs are missing.
    """
    files = map(preset_path, LADDER)
    return [*baseline_systems(["all"]), *config_systems(files, overrides)]
