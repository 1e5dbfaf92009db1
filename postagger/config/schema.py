"""The whole config: a section for each part of a run, and what must hold between them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationError, model_validator

from postagger.config.datasets import (
    CorpusConfig,
    DatasetConfig,
    DistillationConfig,
    PretrainingConfig,
    TransferConfig,
)
from postagger.config.models import ModelConfig, WindowConfig, model_settings
from postagger.config.section import Section, Several
from postagger.config.training import TrainingConfig
from postagger.config.word_features import WordsConfig
from postagger.errors import ConfigError


def _as_model(value: Any) -> Any:
    return model_settings(value, importing=True).model_validate(value) if isinstance(value, dict) else value


class Config(Section):
    """A whole run."""

    corpus: CorpusConfig = CorpusConfig()
    words: WordsConfig = WordsConfig()
    model: Annotated[SerializeAsAny[ModelConfig], BeforeValidator(_as_model)] = WindowConfig()
    training: TrainingConfig = TrainingConfig()
    datasets: Several[DatasetConfig] = Field(
        (), description="further corpora that are learned at the same time"
    )
    pretraining: PretrainingConfig = PretrainingConfig()
    transfer: TransferConfig = TransferConfig()
    distillation: DistillationConfig = DistillationConfig()

    def corpus_of(self, head: str | None) -> CorpusConfig:
        """The corpus whose tag set a head has, the first of several; the main one for None and others."""
        found = (each for each in (self.corpus, *self.datasets) if each.head_name == head)
        return next(found, self.corpus)

    def with_corpus(self, corpus: CorpusConfig) -> Config:
        """The same with another main corpus.

        Raises:
            ConfigError: a further data set has the name of its head.
        """
        if corpus == self.corpus:
            return self
        sections = {name: getattr(self, name) for name in type(self).model_fields}
        try:
            return Config(**(sections | {"corpus": corpus}))
        except ValidationError as error:
            problems = "; ".join(str(problem["ctx"]["error"]) for problem in error.errors())
            raise ConfigError(f"the config does not go with the corpus {corpus.name!r}: {problems}") from None

    @model_validator(mode="after")
    def _names_differ(self) -> Config:
        """Two corpora share a head only where one of them says so."""
        names = [self.corpus.head_name]
        for dataset in self.datasets:
            if dataset.head_name in names and dataset.head is None:
                raise ValueError(
                    f"two corpora are called {dataset.head_name!r}: give one of them another name with "
                    f'head = "...", or say head = "{dataset.head_name}" if they are to share their tags'
                )
            names.append(dataset.head_name)
        return self

    @model_validator(mode="after")
    def _one_beginning(self) -> Config:
        first = self.pretraining
        if self.transfer.model is not None and (first.corpora or first.text):
            raise ValueError(
                "the backbone can't come both from transfer.model (--from) and from [pretraining]: leave one out"
            )
        if self.transfer.keep_head and first.text and not first.corpora:
            raise ValueError("transfer.keep_head has no tags to go on with: pretraining.text guesses words")
        if self.transfer.keep_head and first.corpora and self.model.output == "crf":
            raise ValueError("transfer.keep_head can't go on with a CRF: [pretraining] learns without one")
        return self

    @model_validator(mode="after")
    def _parts_fit(self) -> Config:
        if self.model.output == "crf" and self.training.label_smoothing:
            raise ValueError("training.label_smoothing goes with model.output = 'softmax': set it to 0")
        if self.model.output == "crf" and self.training.rdrop_weight:
            raise ValueError("training.rdrop_weight goes with model.output = 'softmax': set it to 0")
        return self
