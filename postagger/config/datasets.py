"""Settings of what is learned from: corpora, further datasets, a backbone to start with, plain text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from postagger.config.section import Section, Several


class CorpusConfig(Section):
    """What to train on: a corpus by name, or three files."""

    name: str = Field("treebank", min_length=1, description="an NLTK tagged corpus, or 'sample'")
    train: str | None = Field(None, description="file to train on, instead of a named corpus")
    dev: str | None = Field(None, description="file to choose the model on (with train)")
    test: str | None = Field(None, description="file to report on (with train)")
    reader: str | None = Field(
        None,
        min_length=1,
        description="what reads the files: a registered reader, or package.module:function; "
        "default: going by their names and first lines",
    )
    column: Literal["upos", "xpos"] = Field("xpos", description="which column of CoNLL-U holds the tag")
    tagset: Literal["native", "universal"] = Field(
        "native", description="the corpus's own tags, or NLTK's 12 universal ones"
    )
    nltk_data: str | None = Field(None, description="folder with NLTK data, searched first")
    head: str | None = Field(
        None, min_length=1, description="what its tag set is called; default: the corpus's name"
    )

    @property
    def head_name(self) -> str:
        """What its tag set is called, in ``tagger.tag(words, tagset=...)``."""
        name = self.name if self.train is None else self.train
        return self.head or (name if self.tagset == "native" else f"{name}-{self.tagset}")

    @model_validator(mode="after")
    def _files_come_with_train(self) -> CorpusConfig:
        if self.train is None and (self.dev is not None or self.test is not None):
            raise ValueError("corpus.dev and corpus.test are files that go with corpus.train: set that too")
        return self


class DatasetConfig(CorpusConfig):
    """Multi-task learning: one more corpus to learn at the same time, with a tag set of its own.

    Only its training part is used. A task whose `head` is that of another corpus shares its tag set.
    """

    weight: float = Field(
        1.0, gt=0, le=1000, description="its sentences in an epoch, for each one of the main corpus"
    )


class PretrainingConfig(Section):
    """Transfer learning in one command: what the backbone learns first, before the corpus itself.

    With neither corpora nor text there is none.
    """

    corpora: Several[str] = Field((), description="tagged corpora, by name or file, each with its own tags")
    text: Several[str] = Field(
        (), description="plain text whose masked words it guesses: files, or corpora by name"
    )
    epochs: int = Field(2, ge=1, le=100_000, description="passes over all of it")
    batch_size: int = Field(32, ge=1, description="sentences per update")
    learning_rate: float | None = Field(
        None, gt=0, le=1000, description="step size, at its peak; default: what suits the optimiser"
    )
    mask_rate: float = Field(0.2, gt=0, lt=1, description="share of the words of plain text that are hidden")
    vocabulary_size: int = Field(
        10_000, ge=1, le=1_000_000, description="most frequent words of plain text, of which it guesses"
    )


class TransferConfig(Section):
    """Transfer learning from a model file: its backbone is taken over, with its vocabularies."""

    model: str | None = Field(None, description="a model file whose backbone is taken over, as with --from")
    frozen: Literal["nothing", "words", "backbone"] = Field(
        "nothing",
        description="what keeps its weights at first: the word encoder, or that and the context model",
    )
    frozen_epochs: int = Field(1, ge=1, description="for how many epochs")
    keep_head: bool = Field(
        False,
        description="go on with its head of the main corpus's name too, new tags added; else a fresh head",
    )


class DistillationConfig(Section):
    """Self-training and distillation: plain text, tagged by teachers whose distributions are learned.

    With no text there is none.
    """

    text: Several[str] = Field((), description="files with a sentence a line, or corpora by name")
    teachers: Several[str] = Field(
        (),
        description="model files, folders of them, or configs (.toml) by which they are trained first; "
        "their average teaches",
    )
    seeds: int = Field(
        1, ge=1, le=100, description="teachers trained by each such config, or by this one if none are named"
    )
    weight: float = Field(
        1.0, gt=0, le=1000, description="its sentences in an epoch, for each one of the main corpus"
    )

    @model_validator(mode="after")
    def _teachers_have_text(self) -> DistillationConfig:
        if self.teachers and not self.text:
            raise ValueError(
                "distillation.teachers have no text to tag: set distillation.text (--unlabelled) too"
            )
        return self
