"""Which training tokens looked the same to the network? The nearest ones by hidden state.

What a network makes of a token and its context is the vector that its output layer reads. Training tokens
with similar vectors are the examples that speak for its tag; if many of their gold tags differ from it,
there is reason to doubt it (deep k-nearest neighbors: Papernot and McDaniel 2018, who look at every layer).

Similarity is the cosine of the two vectors; 1 means the same direction. By Euclidean distance the
neighbours agree with the tags about as often (docs/explanation/confidence.md), but that is a number on a
scale of its own in each model, and a cosine is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.errors import ConfigError, DataError, brief, short
from postagger.features import TagSet, WordEncoding
from postagger.inference.forward import ReferencePredictor
from postagger.models import TaggingNetwork
from postagger.torch_settings import usual_settings

AROUND = 4
"""Words that a neighbour is shown with, on each side."""

_TOKENS = 4096
"""Tokens of the corpus whose vectors are in memory at a time."""

_AT_ONCE = 1024
"""Words that are compared with these at a time."""


@dataclass(frozen=True)
class Neighbour:
    """A training token whose hidden state is similar to a word's.

    Attributes:
        word, tag: the token and its gold tag.
        similarity: the cosine of the two hidden states, in -1..1.
        before, after: up to four words on each side in its sentence.
        sentence, position: the number of the sentence in the corpus's part, from 1 on, and that of the token
            in it, from 0 on.
    """

    word: str
    tag: str
    similarity: float
    before: tuple[str, ...]
    after: tuple[str, ...]
    sentence: int
    position: int


@dataclass(frozen=True)
class NearestContexts:
    """The training tokens that looked most like a word in its sentence.

    Attributes:
        words: the sentence.
        position: index of the word, from 0.
        tag: the predicted tag.
        neighbours: the nearest training tokens, the most similar first.
    """

    words: tuple[str, ...]
    position: int
    tag: str
    neighbours: tuple[Neighbour, ...]

    def __repr__(self) -> str:
        shown = ", ".join(f"{short(each.word)} {short(each.tag)}" for each in self.neighbours[:3])
        word = f"{short(self.words[self.position])} {short(self.tag)}"
        return f"<NearestContexts of {word}: {len(self.neighbours)} training tokens: {shown} ...>"

    @property
    def agreeing(self) -> int:
        """How many of the neighbours have the predicted tag as their gold tag."""
        return sum(each.tag == self.tag for each in self.neighbours)


def nearest_contexts(
    network: TaggingNetwork,
    encoding: WordEncoding,
    tagset: TagSet,
    tagged: TaggedSentence,
    positions: Sequence[int],
    corpus: Sequence[TaggedSentence],
    k: int,
) -> list[NearestContexts]:
    """Finds the nearest training tokens of some words of a sentence, in one pass over the corpus.

    The search is exact; it needs memory for the vectors of 4,096 tokens.

    Args:
        network: in evaluation mode.
        tagged: the sentence with its predicted tags.
        positions: indices of the words, from 0.
        corpus: the training sentences. Tokens without a gold tag are passed over.
        k: how many neighbours there are for each word, unless the corpus has fewer tokens.

    Raises:
        ConfigError: `k` is less than 1, or the network has no hidden layer.
        DataError: no token of the corpus has a tag of the tag set.
    """
    _check(network, tagset, corpus, k)
    words = [word for word, _ in tagged]
    found = ReferencePredictor(network, encoding)
    with usual_settings():
        queries = found.states([words])[list(positions)]
        similarities, places = nearest_tokens(found, queries, corpus, k)
    owners = [(number, place) for number, each in enumerate(corpus) for place in range(len(each))]
    return [
        NearestContexts(
            tuple(words),
            position,
            tagged[position][1],
            tuple(_neighbour(corpus, owners[place], rate) for place, rate in zip(row, rates, strict=True)),
        )
        for position, row, rates in zip(positions, places.tolist(), similarities.tolist(), strict=True)
    ]


def _check(network: TaggingNetwork, tagset: TagSet, corpus: Sequence[TaggedSentence], k: object) -> None:
    """
    Raises:
        ConfigError, DataError: as in `nearest_contexts`.
    """
    if type(k) is not int or k < 1:
        raise ConfigError(f"k must be a whole number, at least 1, not {brief(k)}")
    if not network.context.has_hidden_layers:
        raise ConfigError(
            "this model has no hidden layer, so no hidden states whose neighbours could be found: choose "
            "another kind, such as window"
        )
    if not any(tag in tagset for sentence in corpus for _, tag in sentence):
        raise DataError(
            "no token of this corpus has a tag of the tagger's, so no neighbour can be found in it"
        )


def nearest_tokens(
    predictor: ReferencePredictor, queries: Tensor, corpus: Sequence[TaggedSentence], k: int
) -> tuple[Tensor, Tensor]:
    """The tokens of a corpus whose hidden states are most similar to some others.

    Args:
        queries: hidden states, ``(words, output_size)``.
        corpus: the sentences; tokens without a gold tag are passed over.

    Returns:
        Similarities and the numbers of the tokens, counted over all sentences, both ``(words, k)``; the most
        similar first, and fewer than k if there are fewer.
    """
    wanted = F.normalize(queries, dim=1)
    best = wanted.new_zeros(len(wanted), 0)  # (words, as many as were found, up to k)
    numbers = torch.zeros(len(wanted), 0, dtype=torch.long, device=wanted.device)
    for first, sentences in _chunks(corpus):
        states = F.normalize(predictor.states([[word for word, _ in each] for each in sentences]), dim=1)
        tagged = [tag != UNTAGGED for each in sentences for _, tag in each]
        counted = torch.tensor(tagged, device=states.device).nonzero().squeeze(1)
        rates, rows = [], []
        for some, old, old_numbers in zip(
            *(each.split(_AT_ONCE) for each in (wanted, best, numbers)), strict=True
        ):
            similarities = some @ states[counted].T  # (words, tokens)
            top = similarities.topk(min(k, len(counted)), dim=1)
            joined = torch.cat([old, top.values], dim=1).sort(dim=1, descending=True, stable=True)
            places = torch.cat([old_numbers, first + counted[top.indices]], dim=1)
            rates.append(joined.values[:, :k])
            rows.append(places.gather(1, joined.indices[:, :k]))
        best, numbers = torch.cat(rates), torch.cat(rows)
    return best.clamp(-1, 1), numbers


def _chunks(corpus: Sequence[TaggedSentence]) -> Iterator[tuple[int, list[TaggedSentence]]]:
    """Yields some sentences at a time, after the number of their first token."""
    first, tokens = 0, 0
    some: list[TaggedSentence] = []
    for sentence in corpus:
        if tokens and tokens + len(sentence) > _TOKENS:
            yield first, some
            first, tokens, some = first + tokens, 0, []
        some.append(sentence)
        tokens += len(sentence)
    if tokens:
        yield first, some


def _neighbour(corpus: Sequence[TaggedSentence], owner: tuple[int, int], similarity: float) -> Neighbour:
    number, place = owner
    words = [word for word, _ in corpus[number]]
    before, after = words[max(0, place - AROUND) : place], words[place + 1 : place + 1 + AROUND]
    word, tag = corpus[number][place]
    return Neighbour(word, tag, similarity, tuple(before), tuple(after), number + 1, place)
