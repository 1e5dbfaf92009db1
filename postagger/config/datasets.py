"""Settings of the training data: corpora, further data sets, a backbone to start with, plain text."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from postagger.config.section import Epochs, FullName, Name, OneOrMore, Section, Several
from postagger.io import printable


class CorpusConfig(Section):
    """What to train on: a corpus by name, or three files.

    Instead of a file there may be a list of files, and instead of a name a pattern such as `a/*.conllu`.
    With a list of columns, a tagger has a head for each, called by the column's name.
    """

    name: FullName = Field("treebank", description="an NLTK tagged corpus, or 'sample'")
    train: OneOrMore[Name] | None = Field(
        None, description="file or files to train on, instead of a named corpus"
    )
    dev: OneOrMore[Name] | None = Field(None, description="file or files to select the model on (with train)")
    test: OneOrMore[Name] | None = Field(
        None, description="file or files for the final evaluation (with train)"
    )
    reader: str | None = Field(
        None,
        min_length=1,
        description="reader of the files: a registered one, or package.module:function; "
        "default: chosen by their names and first lines",
    )
    column: OneOrMore[FullName] = Field(
        "xpos",
        description="column that contains the tag: upos, xpos, feats ... of CoNLL-U, a name in the file's "
        "header or in its JSON, or a number from 1 on; files of two columns need none; or a list of columns, "
        "the main one first",
    )
    tagset: Literal["native", "universal"] = Field(
        "native", description="the corpus's own tags, or NLTK's 12 universal ones"
    )
    nltk_data: str | None = Field(None, description="folder with NLTK data, searched first")
    head: str | None = Field(
        None, min_length=1, description="name of the head for its tags; default: the corpus's name"
    )

    @property
    def head_name(self) -> str:
        """The name of the head for its tags, as in ``tagger.tag(words, head=...)``; the first of several."""
        if len(self.columns) > 1:
            return self.columns[0]
        name = printable(self.source)
        return self.head or (name if self.tagset == "native" else f"{name}-{self.tagset}")

    @property
    def source(self) -> str:
        """The corpus's name, or in short the files that it is trained on."""
        return self.name if self.train is None else in_short(self.train)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that contain tags, the main one first."""
        return self.column if isinstance(self.column, tuple) else (self.column,)

    @property
    def by_head(self) -> dict[str, CorpusConfig]:
        """The settings of each column by itself, by the name of its head."""
        if len(self.columns) == 1:
            return {self.head_name: self}
        return {name: self.model_copy(update={"column": name, "head": name}) for name in self.columns}

    @field_validator("column")
    @classmethod
    def _is_no_tagset(cls, column: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if not {"native", "universal"}.isdisjoint([column] if isinstance(column, str) else column):
            raise PydanticCustomError("column", "expected a column such as upos, xpos or 2")
        return column

    @model_validator(mode="after")
    def _files_come_with_train(self) -> CorpusConfig:
        if self.train is None and (self.dev is not None or self.test is not None):
            raise ValueError("corpus.dev and corpus.test need corpus.train: set it too")
        return self

    @model_validator(mode="after")
    def _columns_differ(self) -> CorpusConfig:
        if len(set(self.columns)) < len(self.columns):
            raise ValueError(f"a column is named twice in corpus.column: {', '.join(self.columns)}")
        if len(self.columns) > 1 and self.head is not None:
            raise ValueError(
                f"corpus.head = {self.head!r} names one head, but corpus.column lists several: each column's "
                "head has its name; leave out corpus.head"
            )
        if len(self.columns) > 1 and self.tagset != "native":
            raise ValueError(
                f"corpus.tagset = {self.tagset!r} is for one column of tags, but corpus.column lists several"
            )
        return self


def in_short(files: str | tuple[str, ...]) -> str:
    """The first file of a list, and how many more there are."""
    return files if isinstance(files, str) else f"{files[0]} and {len(files) - 1} more"


class DatasetConfig(CorpusConfig):
    """Multi-task learning: one more corpus to train on at the same time, with a head of its own.

    Only its training part is used. With the `head` of another corpus, it shares that head and its tag set.
    """

    weight: float = Field(
        1.0, gt=0, le=1000, description="sentences per epoch, relative to the size of the main corpus"
    )

    @model_validator(mode="after")
    def _one_column(self) -> DatasetConfig:
        if len(self.columns) > 1:
            raise ValueError(
                "a further data set has one column of tags: write a section [[datasets]] for each of "
                f"{', '.join(self.columns)}, with head = its name to share the main corpus's heads"
            )
        return self


class PretrainingConfig(Section):
    """Transfer learning in one command: pretrains the backbone before training on the corpus itself.

    Without corpora and text there is no pretraining.
    """

    corpora: Several[Name] = Field(
        (), description="tagged corpora, by name or file, each with a head of its own"
    )
    text: Several[Name] = Field(
        (), description="plain text whose masked words are predicted: files, or corpora by name"
    )
    epochs: Epochs = Field(
        "auto", description="passes over all data; auto: 2, or as many as 2,000 updates need"
    )
    batch_size: int = Field(32, ge=1, description="sentences per update")
    learning_rate: float | None = Field(
        None,
        gt=0,
        le=1000,
        description="peak learning rate; default: depends on the optimiser and batch size",
    )
    mask_rate: float = Field(
        0.2, gt=0, lt=1, description="fraction of the words of plain text that are masked"
    )
    vocabulary_size: int = Field(
        10_000, ge=1, le=1_000_000, description="number of most frequent words that can be predicted"
    )


class TransferConfig(Section):
    """Transfer learning from a model file: training starts with its backbone and vocabularies."""

    model: Name | None = Field(None, description="model file whose backbone is reused, as with --from")
    frozen: Literal["nothing", "words", "backbone"] = Field(
        "nothing",
        description="layers frozen at first: nothing, the word encoder, or the whole backbone",
    )
    frozen_epochs: int = Field(1, ge=1, description="number of epochs for which they are frozen")
    keep_head: bool = Field(
        False,
        description="also reuse the model's head with the main head's name, adding new tags; else a new head",
    )


class DistillationConfig(Section):
    """Self-training and distillation: teachers tag plain text, and training targets are their distributions.

    Without text there is no distillation.
    """

    text: Several[Name] = Field((), description="files with one sentence per line, or corpora by name")
    teachers: Several[str] = Field(
        (),
        description="model files, folders of them, or configs (.toml) with which they are trained first; "
        "the student learns from their mean distribution",
    )
    seeds: int = Field(
        1,
        ge=1,
        le=100,
        description="teachers trained per such config, or with this config if no teachers are named",
    )
    weight: float = Field(
        1.0, gt=0, le=1000, description="sentences per epoch, relative to the size of the main corpus"
    )

    @model_validator(mode="after")
    def _teachers_have_text(self) -> DistillationConfig:
        if self.teachers and not self.text:
            raise ValueError(
                "distillation.teachers have no text to tag: set distillation.text (--unlabelled) too"
            )
        return self
