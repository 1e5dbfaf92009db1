"""Several taggers as one: the mean of their distributions (Hansen and Salamon 1990)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn, Self

import torch
from torch import Tensor

from postagger.checkpoint import TrainingRecord, model_files, write_checkpoints
from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError, brief
from postagger.inference import Dtype
from postagger.tagger.base import HeadedTagger
from postagger.tagger.checks import kind_of
from postagger.tagger.streaming import Chunk, checked
from postagger.tagger.tagger import Tagger


class Ensemble(HeadedTagger):
    """Taggers of one tag set, of which the most probable tag on average is the answer.

    It takes as long as all of them one after another; `Tagger.train` with ``[distillation]`` distils it into
    one tagger as fast as any.

    Attributes:
        taggers: its members; `config` and `lexicon` are the first one's.
        heads: those that all members have, with the same tags.
    """

    def __init__(self, taggers: Iterable[Tagger]) -> None:
        """
        Raises:
            ConfigError: there is none, one is no tagger, or they answer in different tags.
        """
        self.taggers = _checked_members(taggers)
        first, *others = self.taggers
        for other in others:
            strange = sorted(set(first.tagset) ^ set(other.tagset))
            if strange:
                told = ", ".join(strange[:5])
                raise ConfigError(f"taggers of an ensemble answer in the same tags; these differ in {told}")
        self.config = first.config
        self.tagset = first.tagset
        self.heads = {
            name: tags
            for name, tags in first.heads.items()
            if all(set(tags) == set(each.heads.get(name, ())) for each in others)
        }
        self.lexicon = first.lexicon
        self.parameter_count = sum(tagger.parameter_count for tagger in self.taggers)
        self._columns = [
            torch.tensor([tagger.tagset[tag] for tag in first.tagset]) for tagger in self.taggers
        ]

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
            ConfigError: one of them has no such head, or one with other tags.
        """
        if head is None:
            return self
        self._check_head(head)
        if self.heads[head] is self.tagset:
            return self
        return type(self)(each.with_head(head) for each in self.taggers)

    def save(self, folder: str | Path) -> None:
        """Writes a model file for each tagger, with all its heads, in their order: all of them, or none.

        Raises:
            ModelFileError: the folder holds models already, or can't be written.
            ConfigError: their main heads have different tags, so that `load` would refuse them.
        """
        checkpoints = [tagger._checkpoint for tagger in self.taggers]
        if len({frozenset(each.main.tagset) for each in checkpoints}) > 1:
            raise ConfigError(
                "the main heads of these taggers have different tags, and a saved ensemble starts with "
                "those: save each tagger by itself"
            )
        write_checkpoints(folder, checkpoints)

    def explain(self, *_arguments: object, **_options: object) -> NoReturn:
        """Not for ensembles: what a word does for the mean of several networks is not worked out.

        Raises:
            ConfigError: always; it says to explain one of the `taggers`.
        """
        raise ConfigError(
            "an ensemble explains nothing itself: explain one of its members, as in "
            "ensemble.taggers[0].explain(words, position)"
        )

    @property
    def records(self) -> list[TrainingRecord]:
        """What each tagger was trained on, and what came of it."""
        return [tagger.record for tagger in self.taggers]

    @property
    def device(self) -> torch.device:
        """Where the first one is; each tags where it is."""
        return self.taggers[0].device

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


def _checked_members(taggers: object) -> list[Tagger]:
    """
    Raises:
        ConfigError: these are no taggers.
    """
    if isinstance(taggers, str | Path):
        raise ConfigError(
            f"an ensemble is made of taggers, not {brief(str(taggers))}: Ensemble.load reads those of "
            "a folder"
        )
    if not isinstance(taggers, Iterable):
        raise ConfigError(f"an ensemble is made of a list of taggers, not {kind_of(taggers)}")
    members = list(taggers)
    if not members:
        raise ConfigError("an ensemble needs one tagger or more")
    for number, member in enumerate(members, 1):
        if not isinstance(member, Tagger):
            mend = ""
            if isinstance(member, str | Path):
                mend = ": load it with Tagger.load"
            elif isinstance(member, Ensemble):
                mend = ": name its .taggers"
            raise ConfigError(f"an ensemble is made of taggers; number {number} is {kind_of(member)}{mend}")
    return members
