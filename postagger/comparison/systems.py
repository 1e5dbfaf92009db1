"""What can be compared: configs of our own, and baselines, through one face."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from postagger.baselines import BASELINES, SEEDED, check_baseline, is_available, train_baseline
from postagger.config import Config, load_config
from postagger.config.presets import LADDER, preset_path
from postagger.corpora import Corpus
from postagger.errors import ConfigError
from postagger.pipeline import further_basis, plan_teacher, run_plan, teacher_configs
from postagger.tagger import SentenceTagger, Tagger
from postagger.training import EpochRecord


@dataclass(frozen=True)
class ConfiguredSystem:
    """A tagger of ours, to be trained as a config says; the config's corpus and seed play no part."""

    name: str
    config: Config

    @property
    def seeded(self) -> bool:
        """Whether two seeds may give two taggers."""
        return True

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
        """Whose versions have a part in its figures."""
        return ("torch",)

    def teachers(self, corpus: Corpus) -> list[Config]:
        """The runs that train its teachers on a corpus, the same for every seed.

        Raises:
            ConfigError: a config of teachers can't be read, or was changed since the comparison began.
        """
        if further_basis(self.config) != self._further_basis:
            raise ConfigError("a config of teachers was changed meanwhile: run the same command again")
        return teacher_configs(self.config.with_corpus(corpus.settings))

    def identity(self) -> dict[str, Any]:
        """All that its training depends on, but for corpus, seed and versions."""
        settings = self.config.model_dump(mode="json", exclude={"corpus"})
        del settings["training"]["seed"]
        return settings | self._further_basis

    @cached_property
    def _further_basis(self) -> dict[str, Any]:
        return further_basis(self.config)

    def train(
        self, corpus: Corpus, seed: int, on_epoch: Callable[[EpochRecord], None], cache: Path
    ) -> SentenceTagger:
        self.teachers(corpus)  # they are as they were
        training = self.config.training.model_copy(update={"seed": seed})
        config = self.config.model_copy(update={"training": training})
        return Tagger.train(corpus, config, on_epoch=on_epoch, cache=cache)

    def train_teacher(self, number: int, corpus: Corpus, cache: Path) -> float | None:
        """Trains one of its teachers, to be found in the folder afterwards; gives the dev accuracy."""
        return run_plan(plan_teacher(corpus, self.teachers(corpus)[number], cache)).record.dev_accuracy


@dataclass(frozen=True)
class BaselineSystem:
    """A tagger of NLTK's; see `BASELINES` for the names."""

    name: str

    @property
    def seeded(self) -> bool:
        """Whether two seeds may give two taggers."""
        return self.name in SEEDED

    @property
    def description(self) -> str:
        return BASELINES[self.name]

    @property
    def packages(self) -> tuple[str, ...]:
        """Whose versions have a part in its figures."""
        return ("nltk", "python-crfsuite") if self.name == "crfsuite" else ("nltk",)

    def identity(self) -> dict[str, Any]:
        """All that its training depends on, but for corpus, seed and versions."""
        return {"baseline": self.description}

    def train(
        self,
        corpus: Corpus,
        seed: int,
        on_epoch: Callable[[EpochRecord], None],  # noqa: ARG002
        cache: Path,  # noqa: ARG002
    ) -> SentenceTagger:
        return train_baseline(self.name, corpus, seed)


System = ConfiguredSystem | BaselineSystem


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


def baseline_systems(names: Iterable[str]) -> list[BaselineSystem]:
    """A system of each baseline; ``all`` stands for those that can be had here.

    Raises:
        ConfigError: there is no such baseline.
        PostaggerError: what one asked for needs is not installed.
    """
    chosen: list[str] = []
    for name in names:
        chosen += filter(is_available, BASELINES) if name == "all" else [name]
    for name in chosen:
        check_baseline(name)
    return [BaselineSystem(name) for name in dict.fromkeys(chosen)]


def ladder(overrides: Iterable[str] = ()) -> list[System]:
    """The whole ladder: every baseline that can be had here, then the shipped configs.

    Raises:
        ConfigError: an override does not fit every config, or the shipped configs are missing.
    """
    files = map(preset_path, LADDER)
    return [*baseline_systems(["all"]), *config_systems(files, overrides)]
