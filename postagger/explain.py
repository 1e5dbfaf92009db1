"""Why this tag? What every word of a sentence, and every part of a word, does for the tag of one of them.

A network weighs one tag against another by the difference of their log-probabilities, the margin. Integrated
gradients (Sundararajan et al. 2017) divide it among the numbers that the network is given: its vectors grow
from zero, which is what dropout leaves of a word of which nothing is to be known, to what they are, and each
number has as its share the slope on the way times the way. The shares and the margin at the start add up to
the margin, but for what the sum over a finite number of points misses: nothing in logistic regression, which
is linear.

A share says what the network does, not what it would do with another sentence: for that each word is hidden
in turn, and the sentence read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from postagger.encoding import PADDING, UNKNOWN, Batch, TagSet, WordEncoding, WordTypes
from postagger.encoding.normalise import penn_form, straight_quotes
from postagger.encoding.words import column_names, word_features
from postagger.errors import ConfigError
from postagger.models import TaggingNetwork

POINTS = 64
"""On the way from nothing to the words."""

_TOKENS = 2**15
"""Tokens read at a time."""


class Part(NamedTuple):
    """A part of a word.

    Attributes:
        name: ``word``, ``prefix1`` ..., ``suffix1`` ..., ``shape``, ``vectors`` or ``characters``.
        text: what it is of this word.
        known: whether training, or the pretrained vectors, have it.
        share: of the margin, in nats.
    """

    name: str
    text: str
    known: bool
    share: float


@dataclass(frozen=True)
class Reason:
    """What one word does for the tag.

    Attributes:
        position: of the word; -1 is what a window reads before the sentence, and the sentence's length what
            it reads after it.
        word: as it was given; empty beyond the edges.
        share: of the margin, in nats: above 0 it is for the tag, below 0 for the other one.
        parts: the same by the parts of the word; none beyond the edges.
        tag_without: the answer if nothing were known of this word.
        probability_without: that of the tag which is explained, then.
    """

    position: int
    word: str
    share: float
    parts: tuple[Part, ...]
    tag_without: str
    probability_without: float


@dataclass(frozen=True)
class Explanation:
    """Why a word has this tag rather than another.

    Attributes:
        words: the sentence.
        position: of the word, from 0 on.
        tag, probability: what the tagger answers, and how probable it finds that, in 0..1.
        against, against_probability: the tag that it is compared with.
        margin: the log of the tag's probability by that of the other one, in nats.
        start: the same where nothing is known of any word.
        reasons: for each word, in their order, and beyond the edges where a window reads that.
    """

    words: tuple[str, ...]
    position: int
    tag: str
    probability: float
    against: str
    against_probability: float
    margin: float
    start: float
    reasons: tuple[Reason, ...]

    @property
    def rest(self) -> float:
        """What the shares miss of the margin."""
        return self.margin - self.start - sum(reason.share for reason in self.reasons)


@torch.inference_mode(False)
def explain(
    network: TaggingNetwork,
    encoding: WordEncoding,
    tagset: TagSet,
    words: Sequence[str],
    position: int,
    against: str | None = None,
) -> Explanation:
    """Explains the tag of one word.

    Args:
        network: in evaluation mode.
        position: of the word, from 0 on.
        against: the tag to compare with; None: the most probable one beside the answer.

    Raises:
        ConfigError: the tag set has one tag only, or lacks the one to compare with, or that is the answer.
    """
    sentence = _Sentence(network, encoding, words, position)
    whole, nothing = sentence.vectors.unsqueeze(0), torch.zeros_like(sentence.vectors).unsqueeze(0)
    with torch.no_grad():
        (logs, start), (best, _) = sentence.read(torch.cat([whole, nothing]))
    other = _other(logs, int(best), tagset, against)
    return Explanation(
        words=tuple(words),
        position=position,
        tag=tagset.tags[best],
        probability=float(logs[best].exp()),
        against=tagset.tags[other],
        against_probability=float(logs[other].exp()),
        margin=float(logs[best] - logs[other]),
        start=float(start[best] - start[other]),
        reasons=tuple(sentence.reasons(int(best), other, tagset)),
    )


def _other(logs: Tensor, best: int, tagset: TagSet, against: str | None) -> int:
    """The tag to compare with."""
    if len(tagset) == 1:
        raise ConfigError(f"{tagset.tags[0]} is the only tag: there is none to compare it with")
    if against is None:
        others = logs.clone()
        others[best] = -torch.inf
        return int(others.argmax())
    if against not in tagset:
        raise ConfigError(f"there is no tag {against!r}: the tags are {' '.join(tagset)}")
    if tagset[against] == best:
        raise ConfigError(f"{against} is the answer: compare it with another tag")
    return tagset[against]


class _Sentence:
    """A sentence for a network: a row of numbers for each place that it reads, edges included.

    Attributes:
        vectors: ``(places, size)``, of the words, and of what is read before and after them.
    """

    def __init__(
        self, network: TaggingNetwork, encoding: WordEncoding, words: Sequence[str], position: int
    ) -> None:
        self._network = network
        self._encoding = encoding
        self._words = words
        self._position = position
        self._left, right = network.context.reach
        self._turned = straight_quotes(words)
        self._types = encoding.encode(self._turned)
        places = [*[PADDING] * self._left, *range(1, len(words) + 1), *[PADDING] * right]
        with torch.no_grad():
            rows: Tensor = network.words(self._types.to(next(network.parameters()).device))
        self._padding = rows[PADDING : PADDING + 1]
        self.vectors = rows[places]

    def read(self, copies: Tensor) -> tuple[Tensor, Tensor]:
        """What the network makes of the word, in some versions of the sentence.

        Args:
            copies: ``(copies, places, size)``.

        Returns:
            The log-probabilities of its tags, ``(copies, tags)``, and the answers, ``(copies,)``.
        """
        count, places = copies.shape[:2]
        rows = torch.cat([self._padding, copies.flatten(0, 1)])
        index = torch.arange(1, len(rows), device=rows.device)
        nothing = index.new_empty(0, 0)
        batch = Batch(WordTypes(nothing, nothing), index, torch.full((count,), places))
        context: Tensor = self._network.context(rows, batch)
        words = slice(self._left, self._left + len(self._words))
        scores = self._network.head(context.view(count, places, -1)[:, words].flatten(0, 1))
        lengths = torch.full((count,), len(self._words))
        tokens = torch.arange(count) * len(self._words) + self._position
        head = self._network.head
        logs = head.log_probabilities(scores, lengths, tokens.to(scores.device))
        return logs, head.decode(scores.detach(), lengths)[tokens.to(scores.device)]

    def reasons(self, best: int, other: int, tagset: TagSet) -> Iterator[Reason]:
        """What each word does for one tag against the other."""
        shares = self._shares(best, other)
        for (position, places), (tag, probability) in zip(self._places(), self._without(best), strict=True):
            inside = 0 <= position < len(self._words)
            yield Reason(
                position,
                self._words[position] if inside else "",
                float(shares[places].sum()),
                tuple(self._parts(position, shares[places][0])) if inside else (),
                tagset.tags[tag],
                probability,
            )

    def _places(self) -> list[tuple[int, slice]]:
        """For each word, and beyond the edges, where it stands among the vectors."""
        words = len(self._words)
        found = [
            (position, slice(self._left + position, self._left + position + 1)) for position in range(words)
        ]
        before, after = slice(0, self._left), slice(self._left + words, len(self.vectors))
        return [
            *([(-1, before)] if before.stop > before.start else []),
            *found,
            *([(words, after)] if after.stop > after.start else []),
        ]

    def _shares(self, best: int, other: int) -> Tensor:
        """The share of each number of the vectors: ``(places, size)``."""
        points = (torch.arange(POINTS, device=self.vectors.device) + 0.5) / POINTS
        slopes = torch.zeros_like(self.vectors)
        for some in points.split(self._at_once):
            on_the_way = (some.view(-1, 1, 1) * self.vectors).requires_grad_()
            # The recurrent layers of cuDNN have no gradient outside of training.
            with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
                logs, _ = self.read(on_the_way)
                margins = (logs[:, best] - logs[:, other]).sum()
                slopes += torch.autograd.grad(margins, on_the_way)[0].sum(0)
        return self.vectors * slopes / POINTS

    def _without(self, best: int) -> Iterator[tuple[int, float]]:
        """For each of the places the answer, and the probability of a tag, if nothing were known of it."""
        places = [places for _, places in self._places()]
        for start in range(0, len(places), self._at_once):
            some = places[start : start + self._at_once]
            copies = self.vectors.repeat(len(some), 1, 1)
            for copy, hidden in zip(copies, some, strict=True):
                copy[hidden] = 0
            with torch.no_grad():
                logs, answers = self.read(copies)
            yield from zip(answers.tolist(), logs[:, best].exp().tolist(), strict=True)

    @property
    def _at_once(self) -> int:
        """Versions of the sentence."""
        return max(1, _TOKENS // len(self.vectors))

    def _parts(self, position: int, shares: Tensor) -> Iterator[Part]:
        word = self._turned[position]
        texts = dict(
            zip(column_names(self._encoding.config), word_features(word, self._encoding.config), strict=True)
        )
        known = dict(
            zip(self._encoding.columns, (self._types.columns[position + 1] != UNKNOWN).tolist(), strict=True)
        )
        sizes = self._network.words.parts
        for name, share in zip(sizes, shares.split(list(sizes.values())), strict=True):
            yield Part(name, texts.get(name, penn_form(word)), known.get(name, True), float(share.sum()))
