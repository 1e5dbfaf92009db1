"""The whole config: its sections, and the constraints between them."""

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
from postagger.config.raw_text import TextConfig
from postagger.config.section import Section, Several
from postagger.config.training import TrainingConfig
from postagger.config.word_features import WordsConfig
from postagger.errors import ConfigError


def _as_model(value: Any) -> Any:
    return model_settings(value, importing=True).model_validate(value) if isinstance(value, dict) else value


class Config(Section):
    """All settings of a training run."""

    corpus: CorpusConfig = CorpusConfig()
    words: WordsConfig = WordsConfig()
    model: Annotated[SerializeAsAny[ModelConfig], BeforeValidator(_as_model)] = WindowConfig()
    training: TrainingConfig = TrainingConfig()
    text: TextConfig = TextConfig()
    datasets: Several[DatasetConfig] = Field((), description="further corpora to train on at the same time")
    pretraining: PretrainingConfig = PretrainingConfig()
    transfer: TransferConfig = TransferConfig()
    distillation: DistillationConfig = DistillationConfig()

    def corpus_of(self, head: str | None) -> CorpusConfig:
        """The first corpus with this head; the main corpus for None and unknown heads; of a list of columns,
        the head's only."""
        by_head: dict[str | None, CorpusConfig] = {}
        for corpus in (self.corpus, *self.datasets):
            for name, settings in corpus.by_head.items():
                by_head.setdefault(name, settings)
        return by_head.get(head, by_head[self.corpus.head_name])

    def with_corpus(self, corpus: CorpusConfig) -> Config:
        """The same config with another main corpus.

        Raises:
            ConfigError: a further data set has the same head without naming it.
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
        """Checks that two corpora share a head only if the second one names it."""
        names = list(self.corpus.by_head)
        for dataset in self.datasets:
            if dataset.head_name in names and dataset.head is None:
                raise ValueError(
                    f"two corpora are called {dataset.head_name!r}: give one of them another name with "
                    f'head = "...", or set head = "{dataset.head_name}" to share the tag set'
                )
            names.append(dataset.head_name)
        return self

    @model_validator(mode="after")
    def _one_backbone(self) -> Config:
        first = self.pretraining
        if self.transfer.model is not None and (first.corpora or first.text):
            raise ValueError(
                "the backbone can't come both from transfer.model (--from) and from [pretraining]: remove one"
            )
        if self.transfer.keep_head and first.text and not first.corpora:
            raise ValueError(
                "transfer.keep_head needs a head with tags, but pretraining.text trains one for masked words"
            )
        if self.transfer.keep_head and first.corpora and self.model.output == "crf":
            raise ValueError("transfer.keep_head can't keep a CRF head: [pretraining] trains without a CRF")
        return self

    @model_validator(mode="after")
    def _settings_fit_a_crf(self) -> Config:
        if self.model.output == "crf" and self.training.label_smoothing:
            raise ValueError("training.label_smoothing needs model.output = 'softmax': set it to 0")
        if self.model.output == "crf" and self.training.rdrop_weight:
            raise ValueError("training.rdrop_weight needs model.output = 'softmax': set it to 0")
        return self
