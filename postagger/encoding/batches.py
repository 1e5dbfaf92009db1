"""A corpus as flat tensors, and batches cut from it without a Python step per token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from postagger.corpora import TaggedSentence
from postagger.encoding.normalise import straight_quotes
from postagger.encoding.vocabulary import TagSet
from postagger.encoding.words import WordEncoding, WordTypes, hide_words


@dataclass(frozen=True)
class Batch:
    """Sentences as one run of tokens.

    Attributes:
        types: the distinct words of the batch; row 0 is padding.
        index: ``(tokens,)``, the row in `types` of each token.
        lengths: ``(sentences,)``, tokens of each sentence, none of them 0; always on the CPU.
        tags: ``(tokens,)`` gold tags, or None where there are none.
    """

    types: WordTypes
    index: Tensor
    lengths: Tensor
    tags: Tensor | None = None


class EncodedCorpus:
    """Tagged sentences as flat tensors: every word type encoded once, every token a row number."""

    def __init__(
        self, types: WordTypes, tokens: Tensor, tags: Tensor, lengths: Tensor, *, has_words: bool
    ) -> None:
        """
        Args:
            types: the distinct words of the corpus; row 0 is padding.
            tokens: ``(tokens,)``, the row in `types` of each token.
            tags: ``(tokens,)``, -1 for a tag outside the tag set.
            lengths: ``(sentences,)``, on the CPU.
            has_words: whether column 0 of the types is the word itself.
        """
        self.types = types
        self.tokens = tokens
        self.tags = tags
        self.lengths = lengths
        self.has_words = has_words
        self._starts = lengths.cumsum(0) - lengths

    @classmethod
    def encode(
        cls, sentences: Sequence[TaggedSentence], encoding: WordEncoding, tagset: TagSet
    ) -> EncodedCorpus:
        """Encodes tagged sentences; empty ones are left out, for there is nothing to learn from them."""
        rows: dict[str, int] = {}
        tokens: list[int] = []
        tags: list[int] = []
        lengths: list[int] = []
        for sentence in sentences:
            if not sentence:
                continue
            for word in straight_quotes([word for word, _ in sentence]):
                tokens.append(rows.setdefault(word, len(rows) + 1))
            tags += [tagset[tag] for _, tag in sentence]
            lengths.append(len(sentence))
        return cls(
            encoding.encode(list(rows)),
            torch.tensor(tokens, dtype=torch.long),
            torch.tensor(tags, dtype=torch.long),
            torch.tensor(lengths, dtype=torch.long),
            has_words="word" in encoding.columns,
        )

    def __len__(self) -> int:
        """The number of sentences."""
        return len(self.lengths)

    @property
    def device(self) -> torch.device:
        return self.tokens.device

    def to(self, device: torch.device) -> EncodedCorpus:
        """The same corpus with its tokens, tags and word types on a device."""
        return EncodedCorpus(
            self.types.to(device),
            self.tokens.to(device),
            self.tags.to(device),
            self.lengths,
            has_words=self.has_words,
        )

    def unknown_probability(self, alpha: float) -> Tensor:
        """Word dropout: how probably a type is to be hidden, ``alpha / (count + alpha)``.

        The rarer a word, the more it is worth to learn what to do without it.

        Returns:
            ``(types,)``, on the corpus's device.
        """
        if not self.has_words:
            return torch.zeros(len(self.types.columns), device=self.device)
        words = self.types.columns[:, 0]
        counts = torch.bincount(words[self.tokens], minlength=int(words.max()) + 1)[words]
        return alpha / (counts + alpha) if alpha else torch.zeros_like(counts, dtype=torch.float)

    def batch(self, sentences: Tensor, hidden: Tensor | None = None) -> Batch:
        """Cuts a batch out.

        Args:
            sentences: ``(sentences,)`` numbers of the sentences, on the CPU.
            hidden: ``(types,)`` the probability with which a token of each type has its word
                hidden, or None: none is. Draws from torch's random numbers.
        """
        lengths = self.lengths[sentences]
        before = lengths.cumsum(0) - lengths
        # (tokens,): each sentence's start in the corpus, less its start in the batch, plus 0, 1, 2 ...
        places = torch.repeat_interleave(self._starts[sentences] - before, lengths)
        places = (places + torch.arange(len(places))).to(self.device)
        tokens = self.tokens[places]
        # A type with its word hidden is another type: types are told apart by row * 2 + hidden.
        keys = tokens * 2
        if hidden is not None:
            keys = keys + (torch.rand(len(tokens), device=self.device) < hidden[tokens])
        padding = torch.zeros(1, dtype=torch.long, device=self.device)
        distinct, index = torch.unique(torch.cat([padding, keys]), return_inverse=True)
        types = self.types.select(distinct // 2)
        if hidden is not None and self.has_words:
            types = hide_words(types, distinct % 2 == 1)
        return Batch(types, index[1:], lengths, self.tags[places])

    def batches(self, size: int) -> Iterator[Batch]:
        """All sentences in order, `size` a batch."""
        for start in range(0, len(self), size):
            yield self.batch(torch.arange(start, min(start + size, len(self))))
