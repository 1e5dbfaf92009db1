"""The input vectors behind the tag of one word, and the attribution of the tag to them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from postagger.batches import Batch, TypeTensors
from postagger.explain.explanation import Part, Reason
from postagger.features import PADDING, UNKNOWN, TagSet, WordEncoding
from postagger.features.normalise import straight_quotes, word_form
from postagger.models import TaggingNetwork
from postagger.models.layers.softmax import Softmax

TOLERANCE = 0.01
"""The error allowed in the sum of attributions: nats, or a fraction of the margin's change if over a nat."""

_INTERVALS = 8
"""Intervals of the path from zero to the words' vectors, before any is halved."""

_GAUSS = 0.5 / 3**0.5
"""How far the two points of an interval are from its middle (Gauss-Legendre), in its lengths."""

_MOST = 4096
"""Points on the path after which no interval is halved."""

_TOKENS = 2**15
"""Tokens in a batch."""


class Attribution(NamedTuple):
    """A margin and its attribution to the input vectors.

    Attributes:
        start: the margin with all words masked, in nats.
        margin: the margin of the sentence.
        attributions: of each number of `Sentence.vectors`, ``(places, size)``; their sum is the difference.
    """

    start: float
    margin: float
    attributions: Tensor


class Sentence:
    """A sentence as the input vectors that the tag of one word depends on.

    Attributes:
        vectors: ``(places, size)``, of the words, and of a window's padding before and after the sentence.
    """

    def __init__(
        self,
        network: TaggingNetwork,
        encoding: WordEncoding,
        words: Sequence[str],
        position: int,
        temperature: float = 1.0,
    ) -> None:
        self._temperature = temperature
        self._network = network
        self._encoding = encoding
        self._words = words
        window = network.context.window
        left, right = window or (0, 0)
        if window is not None and isinstance(network.head, Softmax):
            self._places = range(position - left, position + right + 1)  # no other word matters
            self._whole = False
        else:
            self._whole = True
            self._places = range(-left, len(words) + right)
        inside = [place for place in self._places if 0 <= place < len(words)]
        self._inside = slice(inside[0] - self._places[0], inside[-1] + 1 - self._places[0])
        self._count, self._position = len(inside), position - inside[0]
        self._tokens = straight_quotes(words, normalise=encoding.config.normalise)[inside[0] : inside[-1] + 1]
        self._types = encoding.encode(self._tokens)
        types = TypeTensors.of(self._types).to(next(network.parameters()).device)
        with torch.no_grad():
            rows = network.context.inputs(network.words(types), types)
        self._padding, own = rows[: PADDING + 1], rows[PADDING + 1 :]
        before, after = self._inside.start, len(self._places) - self._inside.stop
        self._computed: dict[str, tuple[Tensor, Tensor]] = {}
        self.vectors = torch.cat([self._padding.expand(before, -1), own, self._padding.expand(after, -1)])

    def at(self, position: int) -> Sentence:
        """The same for another word. Where every tag depends on the whole sentence, they share what they
        have computed."""
        if not self._whole:
            return Sentence(self._network, self._encoding, self._words, position, self._temperature)
        found = copy.copy(self)
        found._position = position
        return found

    @property
    def prediction(self) -> tuple[Tensor, int]:
        """The probabilities of the word's tags, ``(tags,)``, and the predicted tag."""
        rates, tags = self._as_it_is
        return rates[self._position], int(tags[self._position])

    @property
    def _as_it_is(self) -> tuple[Tensor, Tensor]:
        """`_predict` for the sentence itself: ``(words, tags)`` and ``(words,)``."""
        if "as it is" not in self._computed:
            rates, tags = self._predict(self.vectors.unsqueeze(0))
            self._computed["as it is"] = rates[0], tags[0]
        return self._computed["as it is"]

    def _predict(self, copies: Tensor) -> tuple[Tensor, Tensor]:
        """Predicts the tags of the words inside in some versions of the sentence, without a gradient.

        Args:
            copies: versions of `vectors`, ``(copies, places, size)``.

        Returns:
            Probabilities, ``(copies, words, tags)``, and predicted tags, ``(copies, words)``.
        """
        head = self._network.head
        with torch.no_grad():
            scores, lengths, _ = self._scores(copies)
            rates = head.probabilities(scores, lengths)
            if self._temperature != 1.0:
                rates = (rates.log() / self._temperature).softmax(dim=1)
            shape = len(copies), self._count
            return rates.view(*shape, -1), head.decode(scores, lengths).view(shape)

    def reasons(self, attributions: Tensor, tagset: TagSet) -> Iterator[Reason]:
        """The contribution of each word to the predicted tag; `attributions` are those of `attribute`."""
        groups = self._groups()
        tags, rates = (each[:, self._position].tolist() for each in self._without)
        for (position, rows), prediction, rate in zip(groups, tags, rates, strict=True):
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
        """The position and the rows of `vectors` of each word, and of the padding on each side."""
        places, inside = len(self._places), self._inside
        words = [(self._places[row], slice(row, row + 1)) for row in range(inside.start, inside.stop)]
        before = [(-1, slice(0, inside.start))] if inside.start else []
        after = [(len(self._words), slice(inside.stop, places))] if inside.stop < places else []
        return [*before, *words, *after]

    def _scores(self, copies: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores of all copies, ``(tokens, tags)``; their lengths and the word's rows, both ``(copies,)``."""
        count, places = copies.shape[:2]
        rows = torch.cat([self._padding, copies.flatten(0, 1)])
        index = torch.arange(1, len(rows), device=rows.device)
        pieces = torch.from_numpy(self._types.pieces).to(
            rows.device
        )  # of the padding, then of the words; a window has none
        blank = TypeTensors.blank(len(rows)).to(rows.device)
        types = blank._replace(pieces=torch.cat([pieces[:1], pieces[1:].repeat(count, 1)]))
        batch = Batch(types, index, torch.full((count,), places))
        context: Tensor = self._network.context(rows, batch)
        words = context.view(count, places, -1)[:, self._inside].flatten(0, 1)
        tokens = torch.arange(count, device=rows.device) * self._count + self._position
        return self._network.head(words), torch.full((count,), self._count), tokens

    def _scaled(self, points: Tensor) -> Tensor:
        """`vectors` scaled by points on the path, ``(points,)`` in 0..1 to ``(points, places, size)``."""
        return points.view(-1, 1, 1) * self.vectors

    def _margins(self, copies: Tensor, tag: int, other: int) -> Tensor:
        scores, lengths, tokens = self._scores(copies)
        return self._network.head.margins(scores, lengths, tokens, tag, other) / self._temperature

    def attribute(self, tag: int, other: int) -> Attribution:
        """Attributes the margin between two tags to the numbers of `vectors`.

        The contribution of an interval is its length times the mean gradient at two points in it. If this
        differs too much from the change of the margin over the interval, the interval is halved.
        """
        edges = torch.linspace(0, 1, _INTERVALS + 1, device=self.vectors.device)
        with torch.no_grad():
            parts = edges.split(self._at_once)
            margins = torch.cat([self._margins(self._scaled(some), tag, other) for some in parts])
        allowed = TOLERANCE * max(1.0, (margins[-1] - margins[0]).abs().item()) / _INTERVALS
        todo = torch.stack([edges[:-1], edges[1:], margins[:-1], margins[1:]])  # (4, intervals)
        attributions = torch.zeros_like(self.vectors)
        points = 0
        while todo.size(1):
            points += 2 * todo.size(1)
            halves = []
            for start, end, low, high in (some.unbind() for some in todo.split(self._at_once, dim=1)):
                pieces = self._slopes(start, end, tag, other) * self.vectors * (end - start).view(-1, 1, 1)
                missed = high - low - pieces.sum((1, 2))
                far = (missed.abs() > allowed) & (points < _MOST)
                attributions += pieces[~far].sum(0)
                start, end, low, high = start[far], end[far], low[far], high[far]
                middle = (start + end) / 2
                with torch.no_grad():
                    reached = self._margins(self._scaled(middle), tag, other) if len(middle) else middle
                halves.append(torch.stack([start, middle, low, reached]))
                halves.append(torch.stack([middle, end, reached, high]))
            todo = torch.cat(halves, dim=1)
        return Attribution(margins[0].item(), margins[-1].item(), attributions)

    def _slopes(self, start: Tensor, end: Tensor, tag: int, other: int) -> Tensor:
        """The mean gradient of the margin at two points of each interval, ``(intervals, places, size)``."""
        middle, far = (start + end) / 2, (end - start) * _GAUSS
        copies = self._scaled(torch.cat([middle - far, middle + far])).requires_grad_()
        # cuDNN's recurrent layers have no gradient in evaluation mode.
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            (slopes,) = torch.autograd.grad(self._margins(copies, tag, other).sum(), copies)
        return slopes.view(2, len(start), *self.vectors.shape).mean(0)

    @property
    def _without(self) -> tuple[Tensor, Tensor]:
        """What is predicted for each word inside if each group of rows is masked.

        Returns:
            The predicted tags, ``(groups, words)``, and the probabilities of the tags that are predicted for
            the sentence as it is, ``(groups, words)``.
        """
        if "without" not in self._computed:
            masked = [rows for _, rows in self._groups()]
            _, best = self._as_it_is
            tags, rates = [], []
            for first in range(0, len(masked), self._at_once):
                some = masked[first : first + self._at_once]
                copies = self.vectors.repeat(len(some), 1, 1)
                for version, rows in zip(copies, some, strict=True):
                    version[rows] = 0
                probabilities, predictions = self._predict(copies)
                tags.append(predictions)
                rates.append(probabilities.gather(2, best.expand(len(some), -1).unsqueeze(2)).squeeze(2))
            self._computed["without"] = torch.cat(tags), torch.cat(rates)
        return self._computed["without"]

    @property
    def _at_once(self) -> int:
        """Versions of the sentence that fit in a batch."""
        return max(1, _TOKENS // (2 * len(self._places)))

    def _parts(self, number: int, attributions: Tensor) -> Iterator[Part]:
        word = self._tokens[number]
        texts = dict(zip(self._encoding.columns, self._encoding.features(word), strict=False))  # no vectors
        known = dict(
            zip(self._encoding.columns, (self._types.columns[number + 1] != UNKNOWN).tolist(), strict=True)
        )
        sizes = self._network.words.parts
        if beyond := attributions.numel() - sum(sizes.values()):
            sizes["subwords"] = beyond  # the embeddings of a pretrained encoder
        for name, attribution in zip(sizes, attributions.split(list(sizes.values())), strict=True):
            text = texts.get(name, word_form(word, normalise=self._encoding.config.normalise))
            yield Part(name, text, known.get(name, True), float(attribution.sum()))
