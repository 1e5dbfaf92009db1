"""Ensembles: several taggers whose probabilities are averaged (Hansen and Salamon 1990)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from postagger.checkpoint import TrainingRecord, model_files, write_checkpoints
from postagger.corpora import Corpus, TaggedSentence
from postagger.errors import ConfigError, brief
from postagger.features import Lexical, TagDictionary
from postagger.inference import Dtype
from postagger.runtime import best_of_independent
from postagger.tagger.calibrating import fitted_temperature
from postagger.tagger.checks import kind_of
from postagger.tagger.headed import Prediction
from postagger.tagger.streaming import Chunk, checked
from postagger.tagger.tagger import Tagger
from postagger.tagger.text_tagger import TextTagger

if TYPE_CHECKING:
    import torch


class Ensemble(TextTagger):
    """Taggers with the same tag set; predicts the tag whose mean probability is highest.

    It takes as long as running all members one after another; `Tagger.train` with ``[distillation]``
    distils it into a single tagger.

    Attributes:
        taggers: its members; `config` and `lexicon` are the first member's.
        heads: the heads that all members have with the same tags.
    """

    def __init__(self, taggers: Iterable[Tagger]) -> None:
        """
        Raises:
            ConfigError: there are no taggers, a member is not a tagger, or their tag sets differ.
        """
        self.taggers = _checked_members(taggers)
        first, *others = self.taggers
        for other in others:
            strange = sorted(set(first.tagset) ^ set(other.tagset))
            if strange:
                raise ConfigError(
                    "the taggers of an ensemble must have the same tags; these differ in "
                    f"{', '.join(strange[:5])}"
                )
        self.config = first.config
        self.tagset = first.tagset
        self.heads = {
            name: tags
            for name, tags in first.heads.items()
            if all(set(tags) == set(each.heads.get(name, ())) for each in others)
        }
        self.lexicon = first.lexicon
        self.parameter_count = sum(tagger.parameter_count for tagger in self.taggers)
        self._columns = [np.array([tagger.tagset[tag] for tag in first.tagset]) for tagger in self.taggers]

    @classmethod
    def load(
        cls, folder: str | Path, *, device: str | torch.device = "auto", dtype: Dtype = "float32"
    ) -> Self:
        """Loads all model files of a folder, or those of ``hf:user/name``; the options are `Tagger.load`'s.

        Raises:
            ModelFileError: there are none, or one can't be read.
            ConfigError: their tag sets differ.
        """
        files = model_files(folder)
        return cls([Tagger.load(file, device=device, dtype=dtype) for file in files])

    def with_head(self, head: str | None) -> Self:
        """The same ensemble with another head selected; None returns it unchanged.

        Raises:
            ConfigError: a member does not have the head, or has it with other tags.
        """
        if head is None:
            return self
        self._check_head(head)
        if self.heads[head] is self.tagset:
            return self
        return type(self)(each.with_head(head) for each in self.taggers)

    def save(self, folder: str | Path) -> None:
        """Writes one model file per member, with all its heads, in order: all of them or none.

        Raises:
            ModelFileError: the folder already contains models, or can't be written.
            ConfigError: the tags of their main heads differ, so `load` would fail.
        """
        checkpoints = [tagger._checkpoint for tagger in self.taggers]
        if len({frozenset(next(iter(each.tagsets.values()))) for each in checkpoints}) > 1:
            raise ConfigError(
                "the main heads of these taggers have different tags, but an ensemble is loaded with its "
                "main heads: save each tagger by itself"
            )
        write_checkpoints(folder, checkpoints)

    def explain(self, *_arguments: object, **_options: object) -> NoReturn:
        """Not supported for ensembles.

        Raises:
            ConfigError: always; the message suggests explaining one of the `taggers`.
        """
        raise ConfigError(
            "an ensemble can't be explained: explain one of its members, as in "
            "ensemble.taggers[0].explain(words, position)"
        )

    def nearest(self, *_arguments: object, **_options: object) -> NoReturn:
        """Not supported for ensembles, whose members have hidden states of their own.

        Raises:
            ConfigError: always; the message suggests one of the `taggers`.
        """
        raise ConfigError(
            "an ensemble has no hidden states of its own: ask one of its members, as in "
            "ensemble.taggers[0].nearest(words, position, corpus)"
        )

    @property
    def _members(self) -> Sequence[Tagger]:
        return self.taggers

    @property
    def records(self) -> list[TrainingRecord]:
        """The training record of each member."""
        return [tagger.record for tagger in self.taggers]

    @property
    def device(self) -> torch.device:
        """The first member's device; each member runs on its own."""
        return self.taggers[0].device

    @property
    def description(self) -> str:
        """A one-line description: number and kinds of models, and their corpora."""
        models = " and ".join(sorted({tagger.config.model.kind for tagger in self.taggers}))
        corpora = " and ".join(sorted({tagger.record.corpus for tagger in self.taggers}))
        return f"ensemble of {len(self.taggers)} ({models}) trained on {corpora}"

    def probabilities(
        self, sentences: Sequence[Sequence[str]], *, lexicon: Lexical | None = None
    ) -> NDArray[np.float32]:
        """The mean probability of each tag of `tagset` for each token of the sentences, ``(tokens, tags)``.

        Args:
            sentences: must contain at least one token.
            lexicon: as in `tag`; each member follows it.
        """
        return self._mean(sentences, self._dictionary(lexicon))

    def calibrate(self, gold: Corpus | Iterable[TaggedSentence], split: str = "dev") -> Self:
        """An ensemble whose probabilities fit other text; as `Tagger.calibrate`.

        Its members then have the same temperature, at which gold tags have the highest mean probability, so
        tags may change where members disagree.
        """
        temperature = fitted_temperature(self.taggers, gold, split)
        return self.at_temperature(temperature)

    def at_temperature(self, temperature: float) -> Self:
        """An ensemble whose members have this temperature; as `Tagger.at_temperature`."""
        return type(self)(each.at_temperature(temperature) for each in self.taggers)

    def _predict(
        self, heads: Sequence[str] | None, sentences: list[list[str]], lexicon: TagDictionary | None
    ) -> list[Prediction]:
        views = [self] if heads is None else [self.with_head(name) for name in heads]
        members = [tagger._predict(heads, sentences, lexicon) for tagger in self.taggers]
        found: list[Prediction] = []
        for view, of_members in zip(views, zip(*members, strict=True), strict=True):
            parts = zip(of_members, view._columns, strict=True)
            mean: NDArray[np.float32] = np.mean([rows[:, columns] for (_, rows), columns in parts], axis=0)
            found.append((mean.argmax(axis=1), mean))
        return found

    def _mean(self, sentences: Sequence[Sequence[str]], lexicon: TagDictionary | None) -> NDArray[np.float32]:
        rows = [
            tagger.probabilities(sentences, lexicon=lexicon)[:, columns]
            for tagger, columns in zip(self.taggers, self._columns, strict=True)
        ]
        mean: NDArray[np.float32] = np.mean(rows, axis=0)
        return mean

    def _n_best(
        self, words: list[str], n: int, lexicon: TagDictionary | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        with np.errstate(divide="ignore"):
            return best_of_independent(np.log(self._mean([words], lexicon).astype(np.float64)), n)

    def _numbers(self, heads: Sequence[str], sentences: list[list[str]]) -> NDArray[np.int64]:
        words = list(checked(sentences))
        return np.stack([self.with_head(head)._mean(words, None).argmax(axis=1) for head in heads])

    def _tag_chunk(self, chunk: Chunk, lexicon: TagDictionary | None) -> list[TaggedSentence]:
        sentences = list(checked(chunk.sentences, chunk.first))
        best = iter(self._mean(sentences, lexicon).argmax(axis=1).tolist() if any(sentences) else [])
        return [[(word, self.tagset.tags[next(best)]) for word in sentence] for sentence in sentences]


def _checked_members(taggers: object) -> list[Tagger]:
    """Checks the members of an ensemble and returns them as a list.

    Raises:
        ConfigError: there are none, or one is not a tagger.
    """
    if isinstance(taggers, str | Path):
        raise ConfigError(
            f"an ensemble is made of taggers, not {brief(str(taggers))}: use Ensemble.load for the "
            "model files of a folder"
        )
    if not isinstance(taggers, Iterable):
        raise ConfigError(f"an ensemble is made of a list of taggers, not {kind_of(taggers)}")
    members = list(taggers)
    if not members:
        raise ConfigError("an ensemble needs at least one tagger")
    for number, member in enumerate(members, 1):
        if not isinstance(member, Tagger):
            advice = ""
            if isinstance(member, str | Path):
                advice = ": load it with Tagger.load"
            elif isinstance(member, Ensemble):
                advice = ": pass its .taggers"
            raise ConfigError(f"an ensemble is made of taggers; number {number} is {kind_of(member)}{advice}")
    return members
