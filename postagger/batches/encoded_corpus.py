"""A corpus as flat tensors, and batches taken from it without a Python loop over tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from postagger.batches.batch import ROUND, Batch, TypeTensors
from postagger.corpora import TaggedSentence
from postagger.features.normalise import READINGS, straight_quotes
from postagger.features.vocabulary import TagSet
from postagger.features.words import WordEncoding
from postagger.random_numbers import generator

_MASKED = 1
"""The key of a masked token, which looks like padding (row 0) with its word dropped."""


class EncodedCorpus:
    """Tagged sentences as flat tensors: each word type is encoded once, each token is a row number."""

    def __init__(
        self,
        types: TypeTensors,
        tokens: Tensor,
        tags: Tensor,
        lengths: Tensor,
        *,
        has_words: bool,
        other_tags: Iterable[Tensor] = (),
        readings: Tensor | None = None,
        case_noise: float = 0.0,
    ) -> None:
        """
        Args:
            types: the distinct words of the corpus; row 0 is padding.
            tokens: ``(tokens,)``, each token's row in `types`.
            tags: ``(tokens,)``, gold tags, ``TagSet.UNSEEN`` or ``TagSet.UNTAGGED``; or ``(tokens, tags)``,
                a distribution for each token.
            lengths: ``(sentences,)``, on the CPU.
            has_words: whether column 0 of the types is the word itself.
            other_tags: the tags for further heads, each as `tags`.
            readings: ``(1 + readings, types)``, the row of each type as written, and of the same word in each
                of `READINGS`; None if they all are the same.
            case_noise: see `encode_words`.
        """
        self.types = types
        self.tokens = tokens
        self.tags = tags
        self.lengths = lengths
        self.has_words = has_words
        self.other_tags = tuple(other_tags)
        self.readings = readings
        self.case_noise = case_noise
        self._starts = lengths.cumsum(0) - lengths

    @classmethod
    def encode(
        cls, sentences: Sequence[TaggedSentence], encoding: WordEncoding, tagset: TagSet
    ) -> EncodedCorpus:
        """Encodes tagged sentences; empty ones are left out."""
        tags = [tagset[tag] for sentence in sentences for _, tag in sentence]
        words = [[word for word, _ in sentence] for sentence in sentences]
        return cls.encode_words(words, torch.tensor(tags, dtype=torch.long), encoding)

    @classmethod
    def encode_words(
        cls,
        sentences: Iterable[Sequence[str]],
        tags: Tensor,
        encoding: WordEncoding,
        other_tags: Iterable[Tensor] = (),
        *,
        case_noise: float = 0.0,
    ) -> EncodedCorpus:
        """Encodes sentences whose tags are already numbers or distributions.

        Args:
            tags: the tags of all tokens, ``(tokens,)`` or ``(tokens, tags)``.
            other_tags: those for further heads, each as `tags`.
            case_noise: the proportion of each batch's sentences that are read in one of `READINGS`, an equal
                share in each; drawn from torch's random numbers.
        """
        normalise = encoding.config.normalise
        rows: dict[str, int] = {}
        tokens: list[int] = []
        lengths: list[int] = []
        for sentence in sentences:
            if sentence:
                tokens += [
                    rows.setdefault(word, len(rows) + 1)
                    for word in straight_quotes(sentence, normalise=normalise)
                ]
                lengths.append(len(sentence))
        readings = _readings(rows) if case_noise else None
        return cls(
            TypeTensors.of(encoding.encode(list(rows))),
            torch.tensor(tokens, dtype=torch.long),
            tags,
            torch.tensor(lengths, dtype=torch.long),
            has_words="word" in encoding.columns,
            other_tags=other_tags,
            readings=readings,
            case_noise=case_noise,
        )

    def __len__(self) -> int:
        """The number of sentences."""
        return len(self.lengths)

    @property
    def device(self) -> torch.device:
        return self.tokens.device

    def to(self, device: torch.device) -> EncodedCorpus:
        """Returns the corpus with its tokens, tags and word types on a device."""
        return EncodedCorpus(
            self.types.to(device),
            self.tokens.to(device),
            self.tags.to(device),
            self.lengths,
            has_words=self.has_words,
            other_tags=[tags.to(device) for tags in self.other_tags],
            readings=None if self.readings is None else self.readings.to(device),
            case_noise=self.case_noise,
        )

    def unknown_probability(self, alpha: float) -> Tensor:
        """Word dropout: the probability of dropping each type's word, ``alpha / (count + alpha)``.

        Rare words are dropped more often, since a tagger has to cope with unknown words like them.

        Returns:
            ``(types,)``, on the corpus's device.
        """
        if not self.has_words:
            return torch.zeros(len(self.types.columns), device=self.device)
        words = self.types.columns[:, 0]
        counts = torch.bincount(words[self.tokens], minlength=int(words.max()) + 1)[words]
        return alpha / (counts + alpha) if alpha else torch.zeros_like(counts, dtype=torch.float)

    def batch(self, sentences: Tensor, word_dropout: Tensor | None = None, mask_rate: float = 0.0) -> Batch:
        """Makes a batch of some sentences; draws from torch's random numbers for dropout, masking and case.

        Args:
            sentences: ``(sentences,)``, the numbers of the sentences, on the CPU.
            word_dropout: ``(types,)``, the probability of dropping the word of a token of each type, whose
                affixes and shape stay; None for no dropout.
            mask_rate: the proportion of tokens to mask. Everything about a masked token's word is hidden,
                and only masked tokens with a gold tag are labelled.
        """
        lengths = self.lengths[sentences]
        places = self._places(sentences)
        tokens = self._read(self.tokens[places], lengths)
        # A type with its word dropped is a type of its own: the key of a type is row * 2 + dropped.
        keys = tokens * 2
        if word_dropout is not None:
            keys = keys + (self._uniform(len(tokens)) < word_dropout[tokens])
        tags, labelled = self.tags[places], None
        if mask_rate:
            masked = self._uniform(len(tokens)) < mask_rate
            keys = keys.masked_fill(masked, _MASKED)
            labelled = (masked & (tags >= 0)).nonzero().squeeze(1)
        padding = torch.zeros(1, dtype=torch.long, device=self.device)
        distinct, index = torch.unique(torch.cat([padding, keys]), return_inverse=True)
        distinct = F.pad(distinct, (0, -len(distinct) % ROUND))  # 0 is the key of padding
        types = self.types.select(distinct // 2)
        if word_dropout is not None and self.has_words:
            types = types.drop_words(distinct % 2 == 1)
        others = tuple(_targets(tags[places]) for tags in self.other_tags)
        return Batch(types, index[1:], lengths, _targets(tags), labelled, others)

    def _uniform(self, count: int) -> Tensor:
        return torch.rand(count, device=self.device, generator=generator(self.device))

    def _places(self, sentences: Tensor) -> Tensor:
        """The places of some sentences' tokens in the corpus, ``(tokens,)``."""
        lengths = self.lengths[sentences]
        before = lengths.cumsum(0) - lengths
        # (tokens,): each sentence's start in the corpus minus its start in the batch, plus 0, 1, 2 ...
        places = torch.repeat_interleave(self._starts[sentences] - before, lengths)
        return (places + torch.arange(len(places))).to(self.device)

    def _read(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The rows of tokens, ``(tokens,)``, in a reading that is drawn for each sentence."""
        if not self.case_noise or self.readings is None:
            return tokens
        # Evenly spread over the readings below their number; above it, a sentence stays as written.
        place = torch.rand(len(lengths), generator=generator()) / self.case_noise * len(READINGS)
        reading = torch.where(place < len(READINGS), 1 + place.long(), 0)  # (sentences,)
        return self.readings[reading.repeat_interleave(lengths).to(self.device), tokens]

    def batches(self, size: int) -> Iterator[Batch]:
        """Yields all sentences in order, `size` per batch."""
        for start in range(0, len(self), size):
            yield self.batch(torch.arange(start, min(start + size, len(self))))


def _targets(tags: Tensor) -> Tensor:
    """Targets as the loss takes them: distributions are stored in half precision."""
    return tags.float() if tags.is_floating_point() else tags


def _readings(rows: dict[str, int]) -> Tensor | None:
    """Gives the words in each of `READINGS` rows of their own; returns `EncodedCorpus.readings`.

    Args:
        rows: the row of each word as written; the new words are added.
    """
    words = list(rows)
    table = [[0, *rows.values()]]
    table += [[0, *(rows.setdefault(read(word), len(rows) + 1) for word in words)] for read in READINGS]
    return torch.tensor(table) if any(row != table[0] for row in table) else None
