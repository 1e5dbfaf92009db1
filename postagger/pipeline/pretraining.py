"""Transfer learning: the backbone that a tagger starts with, from a model file or learned first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from postagger.checkpoint import Checkpoint, read_checkpoint
from postagger.config import OPTIMISERS, Config, CorpusConfig
from postagger.errors import ConfigError
from postagger.features import WordVectors
from postagger.pipeline.cache import place_for
from postagger.pipeline.datasets import DataSet, Sources, masked_words
from postagger.pipeline.fit import Material

_FREE = {
    "words": {"min_count", "feature_min_count", "word_dropout", "dropout", "vectors_limit"},
    "model": {"output", "dropout", "variational"},
}
"""Settings in which a backbone may differ from the config that takes it over."""


def read_backbone(config: Config) -> Checkpoint | None:
    """The tagger whose backbone ``transfer.model`` takes over; None if it names none.

    Raises:
        ConfigError: the backbone doesn't fit the config.
        ModelFileError: the file can't be read.
    """
    if config.transfer.model is None:
        return None
    backbone = read_checkpoint(config.transfer.model)
    check_fit(backbone.config, config, config.transfer.model)
    return backbone


def pretraining_datasets(config: Config, sources: Sources) -> list[DataSet]:
    """What ``[pretraining]`` names: a data set for each corpus, and one for all plain text.

    Raises:
        DataError: a corpus or text can't be read.
    """
    first = config.pretraining
    column, nltk_data = config.corpus.column, config.corpus.nltk_data
    corpora = (CorpusConfig(name=name, column=column, nltk_data=nltk_data) for name in first.corpora)
    datasets = [DataSet(each.head_name, sources.tagged(each)) for each in corpora]
    if first.text:
        text = sources.text(first.text, nltk_data)
        datasets.append(masked_words(text, first.vocabulary_size, first.mask_rate))
    return datasets


def pretraining_material(
    config: Config, datasets: Sequence[DataSet], vectors: WordVectors | None
) -> Material:
    """What a backbone is trained with: every sentence of every data set has its turn in an epoch.

    Args:
        datasets: those of `pretraining_datasets`.

    Raises:
        ConfigError: there is no data set.
    """
    if not datasets:
        raise ConfigError(
            "there is nothing to pretrain on: name plain text (pretraining.text), or tagged corpora, as in "
            "--set 'pretraining.corpora=[\"brown\"]'"
        )
    main, *others = datasets
    weights = (len(each.sentences) / len(main.sentences) for each in others)
    even = [main, *(replace(each, weight=weight) for each, weight in zip(others, weights, strict=True))]
    return Material(_pretraining_config(config, main.head), even, vectors=vectors)


def pretraining_file(material: Material, cache: Path) -> Path:
    """Where in a cache the backbone is kept, for the same settings, texts, seed and versions."""
    settings = material.config.model_dump(mode="json", include={"words", "model", "training", "pretraining"})
    basis: list[Any] = [settings, *([each.head, each.sentences] for each in material.datasets)]
    if material.vectors is not None:
        basis += [material.vectors.words, material.vectors.vectors.tobytes()]
    return place_for(cache, basis)


def _pretraining_config(config: Config, head: str) -> Config:
    """Pretraining as a run of its own, whose main head has this name."""
    first = config.pretraining
    suits = OPTIMISERS.find(config.training.optimiser).defaults(first.batch_size)
    training = config.training.model_copy(
        update={
            "epochs": first.epochs,
            "batch_size": first.batch_size,
            "learning_rate": first.learning_rate or suits.get("learning_rate", config.training.learning_rate),
            "label_smoothing": 0.0,
            "rdrop_weight": 0.0,
        }
    )
    return Config(
        corpus=config.corpus.model_copy(update={"head": head}),
        words=config.words,
        model=config.model.model_copy(update={"output": "softmax"}),
        training=training,
        pretraining=first,
    )


def check_fit(backbone: Config, config: Config, source: str) -> None:
    """Checks that a backbone's sizes are those of a config.

    Raises:
        ConfigError: they are not; the settings that differ are named. With ``transfer.keep_head`` the
            output is one of them.
    """
    there, here = (_sizes(each, with_head=config.transfer.keep_head) for each in (backbone, config))
    if there["words.vectors"] is not None:  # it brings them along, wherever the file is by now
        here["words.vectors"] = there["words.vectors"]
    names = [name for name in there | here if there.get(name) != here.get(name)]
    if "model.kind" in names:  # another kind has other settings, which say nothing more
        names = [name for name in names if not name.startswith("model.") or name == "model.kind"]
    if names:
        told = ", ".join(f"{name} is {there.get(name)} there and {here.get(name)} here" for name in names)
        raise ConfigError(f"the backbone of {source} does not fit the config: {told}")


def _sizes(config: Config, *, with_head: bool) -> dict[str, Any]:
    sizes = {
        f"{section}.{name}": value
        for section, free in _FREE.items()
        for name, value in getattr(config, section).model_dump(mode="json").items()
        if name not in free
    }
    return sizes | {"model.output": config.model.output} if with_head else sizes
