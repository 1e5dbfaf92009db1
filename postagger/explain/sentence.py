"""What a network reads of a sentence to tag one of its words, and what each word does for the tag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from postagger.batches import Batch
from postagger.explain.explanation import Part, Reason
from postagger.features import PADDING, UNKNOWN, TagSet, WordEncoding, WordTypes
from postagger.features.normalise import penn_form, straight_quotes
from postagger.features.words import column_names, word_features
from postagger.models import TaggingNetwork
from postagger.models.softmax import Softmax

TOLERANCE = 0.01
"""How much attributions may miss of the margin, in nats, or of the way to it where that is more than a nat."""

_INTERVALS = 32
"""Of the way from nothing to the words, to begin with."""

_MOST = 4096
"""Points on the way after which it is divided no further."""

_TOKENS = 2**15
"""Tokens read at a time."""


class Division(NamedTuple):
    """What is divided, and how.

    Attributes:
        start: by how much the one tag is ahead where nothing is known of any word, in nats.
        margin: by how much it is in the end.
        attributions: of each number of `Sentence.vectors`, ``(places, size)``: they add up to the difference.
    """

    start: float
    margin: float
    attributions: Tensor


class Sentence:
    """A row of numbers for each place that is read.

    Attributes:
        vectors: ``(places, size)``, of words, and of what a window reads before and after the sentence.
    """

    def __init__(
        self, network: TaggingNetwork, encoding: WordEncoding, words: Sequence[str], position: int
    ) -> None:
        self._network = network
        self._encoding = encoding
        self._words = words
        window = network.context.window
        left, right = window or (0, 0)
        if window is not None and isinstance(network.head, Softmax):
            self._places = range(position - left, position + right + 1)  # nothing else counts
        else:
            self._places = range(-left, len(words) + right)
        inside = [place for place in self._places if 0 <= place < len(words)]
        self._inside = slice(inside[0] - self._places[0], inside[-1] + 1 - self._places[0])
        self._count, self._position = len(inside), position - inside[0]
        self._read = straight_quotes(words)[inside[0] : inside[-1] + 1]
        self._types = encoding.encode(self._read)
        with torch.no_grad():
            rows: Tensor = network.words(self._types.to(next(network.parameters()).device))
        self._padding, own = rows[: PADDING + 1], rows[PADDING + 1 :]
        before, after = self._inside.start, len(self._places) - self._inside.stop
        self.vectors = torch.cat([self._padding.expand(before, -1), own, self._padding.expand(after, -1)])

    def read(self, copies: Tensor) -> tuple[Tensor, Tensor]:
        """What the tagger makes of the word, in some versions of the sentence, without a gradient.

        Args:
            copies: ``(copies, places, size)``.

        Returns:
            The probabilities of its tags, ``(copies, tags)``, and the answers, ``(copies,)``.
        """
        head = self._network.head
        with torch.no_grad():
            scores, lengths, tokens = self._scores(copies)
            return head.probabilities(scores, lengths)[tokens], head.decode(scores, lengths)[tokens]

    def reasons(self, attributions: Tensor, tag: int, tagset: TagSet) -> Iterator[Reason]:
        """What each word does for a tag, from the attributions that `divide` gives."""
        groups = self._groups()
        for (position, rows), (prediction, rate) in zip(groups, self._without(groups, tag), strict=True):
            inside = 0 <= position < len(self._words)
            yield Reason(
                position,
                self._words[position] if inside else "",
                attributions[rows].sum().item(),
                tuple(self._parts(rows.start - self._inside.start, attributions[rows][0])) if inside else (),
                tagset.tags[prediction],
                rate,
            )

    def _groups(self) -> list[tuple[int, slice]]:
        """For each word, and beyond the edges, the rows of `vectors` that are its."""
        places, inside = len(self._places), self._inside
        words = [(self._places[row], slice(row, row + 1)) for row in range(inside.start, inside.stop)]
        before = [(-1, slice(0, inside.start))] if inside.start else []
        after = [(len(self._words), slice(inside.stop, places))] if inside.stop < places else []
        return [*before, *words, *after]

    def _scores(self, copies: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The tags' scores in versions of the sentence, their lengths, and which tokens are the word."""
        count, places = copies.shape[:2]
        rows = torch.cat([self._padding, copies.flatten(0, 1)])
        index = torch.arange(1, len(rows), device=rows.device)
        nothing = index.new_empty(0, 0)
        batch = Batch(WordTypes(nothing, nothing), index, torch.full((count,), places))
        context: Tensor = self._network.context(rows, batch)
        words = context.view(count, places, -1)[:, self._inside].flatten(0, 1)
        tokens = torch.arange(count, device=rows.device) * self._count + self._position
        return self._network.head(words), torch.full((count,), self._count), tokens

    def _on_the_way(self, points: Tensor) -> Tensor:
        return points.view(-1, 1, 1) * self.vectors

    def _margins(self, copies: Tensor, tag: int, other: int) -> Tensor:
        scores, lengths, tokens = self._scores(copies)
        return self._network.head.margins(scores, lengths, tokens, tag, other)

    def divide(self, tag: int, other: int) -> Division:
        """Divides that by which one tag is ahead of another.

        An interval's part is its length times the slope in its middle. That the margin rises by as much tells
        whether this is near enough; if not, the interval is halved.
        """
        edges = torch.linspace(0, 1, _INTERVALS + 1, device=self.vectors.device)
        with torch.no_grad():
            parts = edges.split(self._at_once)
            margins = torch.cat([self._margins(self._on_the_way(some), tag, other) for some in parts])
        allowed = TOLERANCE * max(1.0, (margins[-1] - margins[0]).abs().item()) / _INTERVALS
        todo = torch.stack([edges[:-1], edges[1:], margins[:-1], margins[1:]])  # (4, intervals)
        attributions = torch.zeros_like(self.vectors)
        points = 0
        while todo.size(1):
            points += todo.size(1)
            halves = []
            for start, end, low, high in (some.unbind() for some in todo.split(self._at_once, dim=1)):
                middle = (start + end) / 2
                copies = self._on_the_way(middle).requires_grad_()
                # The recurrent layers of cuDNN have no gradient outside of training.
                with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
                    reached = self._margins(copies, tag, other)
                    (slopes,) = torch.autograd.grad(reached.sum(), copies)
                pieces = slopes * self.vectors * (end - start).view(-1, 1, 1)
                missed = high - low - pieces.sum((1, 2))
                far = (missed.abs() > allowed) & (points < _MOST)
                attributions += pieces[~far].sum(0)
                middle, reached = middle[far], reached.detach()[far]
                halves.append(torch.stack([start[far], middle, low[far], reached]))
                halves.append(torch.stack([middle, end[far], reached, high[far]]))
            todo = torch.cat(halves, dim=1)
        return Division(margins[0].item(), margins[-1].item(), attributions)

    def _without(self, groups: Sequence[tuple[int, slice]], tag: int) -> Iterator[tuple[int, float]]:
        """For each group of rows the answer, and the probability of a tag, if nothing were known of it."""
        for first in range(0, len(groups), self._at_once):
            some = groups[first : first + self._at_once]
            copies = self.vectors.repeat(len(some), 1, 1)
            for copy, (_, hidden) in zip(copies, some, strict=True):
                copy[hidden] = 0
            rates, predictions = self.read(copies)
            yield from zip(predictions.tolist(), rates[:, tag].tolist(), strict=True)

    @property
    def _at_once(self) -> int:
        """Versions of the sentence."""
        return max(1, _TOKENS // len(self._places))

    def _parts(self, number: int, attributions: Tensor) -> Iterator[Part]:
        word = self._read[number]
        texts = dict(
            zip(column_names(self._encoding.config), word_features(word, self._encoding.config), strict=True)
        )
        known = dict(
            zip(self._encoding.columns, (self._types.columns[number + 1] != UNKNOWN).tolist(), strict=True)
        )
        sizes = self._network.words.parts
        for name, attribution in zip(sizes, attributions.split(list(sizes.values())), strict=True):
            yield Part(
                name, texts.get(name, penn_form(word)), known.get(name, True), float(attribution.sum())
            )
