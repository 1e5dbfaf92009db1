"""Several taggers as one: the mean of their distributions (Hansen and Salamon 1990)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from postagger.checkpoint.file import model_files
from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError
from postagger.inference import Dtype
from postagger.tagger.base import HeadedTagger
from postagger.tagger.streaming import Chunk, checked
from postagger.tagger.tagger import Tagger


class Ensemble(HeadedTagger):
    """Taggers of one tag set, of which the most probable tag on average is the answer.

    It takes as long as all of them one after another; `Tagger.train` with ``[distillation]`` distils it into
    one tagger as fast as any.

    Attributes:
        taggers: its members; `config` and `lexicon` are the first one's.
    """

    def __init__(self, taggers: Sequence[Tagger]) -> None:
        """
        Raises:
            ConfigError: there is none, or they answer in different tags.
        """
        if not taggers:
            raise ConfigError("an ensemble needs one tagger or more")
        first, *others = taggers
        for other in others:
            strange = sorted(set(first.tagset) ^ set(other.tagset))
            if strange:
                told = ", ".join(strange[:5])
                raise ConfigError(f"taggers of an ensemble answer in the same tags; these differ in {told}")
        self.taggers = list(taggers)
        self.config = first.config
        self.tagset = first.tagset
        self.heads = {
            name: tags for name, tags in first.heads.items() if all(name in each.heads for each in others)
        }
        self.lexicon = first.lexicon
        self.parameter_count = sum(tagger.parameter_count for tagger in taggers)
        self._columns = [torch.tensor([tagger.tagset[tag] for tag in first.tagset]) for tagger in taggers]

    @classmethod
    def load(cls, folder: str | Path, *, device: str = "auto", dtype: Dtype = "float32") -> Self:
        """Reads all model files of a folder; the options are those of `Tagger.load`.

        Raises:
            ModelFileError: there is none, or one can't be read.
            ConfigError: they answer in different tags.
        """
        files = model_files(folder)
        return cls([Tagger.load(file, device=device, dtype=dtype) for file in files])

    def with_head(self, head: str | None) -> Self:
        """The same taggers, tagging with another of their heads; None gives them back as they are.

        Raises:
            ConfigError: one of them has no such head.
        """
        return self if head is None else type(self)([each.with_head(head) for each in self.taggers])

    @property
    def description(self) -> str:
        """In a line: how many of which models, and their corpora."""
        models = " and ".join(sorted({tagger.config.model.kind for tagger in self.taggers}))
        corpora = " and ".join(sorted({tagger.record.corpus for tagger in self.taggers}))
        return f"ensemble of {len(self.taggers)} ({models}) trained on {corpora}"

    def probabilities(self, sentences: Sequence[Sequence[str]]) -> Tensor:
        """The mean probability of each tag of `tagset` for each token of some sentences: ``(tokens, tags)``.

        Args:
            sentences: one or more tokens in all.
        """
        members = zip(self.taggers, self._columns, strict=True)
        return torch.stack([tagger.probabilities(sentences).cpu()[:, each] for tagger, each in members]).mean(
            0
        )

    def _tag_chunk(self, chunk: Chunk) -> list[TaggedSentence]:
        sentences = list(checked(chunk.sentences, chunk.first))
        best = iter(self.probabilities(sentences).argmax(dim=1).tolist() if chunk.words else [])
        return [[(word, self.tagset.tags[next(best)]) for word in sentence] for sentence in sentences]
