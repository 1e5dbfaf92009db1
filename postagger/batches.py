"""A corpus as flat tensors, and batches cut from it without a Python step per token."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from postagger.corpora import TaggedSentence
from postagger.features.normalise import straight_quotes
from postagger.features.vocabulary import TagSet
from postagger.features.words import WordEncoding, WordTypes, drop_words

_MASKED = 1
"""The key of a masked token, of which nothing is seen: the padding (row 0), with its word dropped."""

ROUND = 16
"""A corpus's batches hold a multiple of this many word types, so that few sizes occur: oneDNN, which
multiplies and convolves on the CPU, compiles a kernel for every size that it meets."""


@dataclass(frozen=True)
class Batch:
    """Sentences as one run of tokens.

    Attributes:
        types: the distinct words of the batch; row 0 is padding, and so may rows at the end be.
        index: ``(tokens,)``, the row in `types` of each token.
        lengths: ``(sentences,)``, tokens of each sentence, none of them 0; always on the CPU.
        tags: what is to be learned: ``(tokens,)`` gold tags, ``TagSet.UNSEEN`` or ``TagSet.UNTAGGED``; or
            ``(tokens, tags)``, a distribution for each token; None where there is nothing.
        labelled: ``(labelled,)`` the tokens that have a gold tag; None if they are not told apart.
    """

    types: WordTypes
    index: Tensor
    lengths: Tensor
    tags: Tensor | None = None
    labelled: Tensor | None = None

    @property
    def learned(self) -> int:
        """How many tokens there is something to learn from."""
        if self.labelled is not None:
            return len(self.labelled)
        if self.tags is None:
            return 0
        return len(self.tags) if self.tags.is_floating_point() else int(self.tags.ge(0).sum())


class EncodedCorpus:
    """Tagged sentences as flat tensors: every word type encoded once, every token a row number."""

    def __init__(
        self, types: WordTypes, tokens: Tensor, tags: Tensor, lengths: Tensor, *, has_words: bool
    ) -> None:
        """
        Args:
            types: the distinct words of the corpus; row 0 is padding.
            tokens: ``(tokens,)``, the row in `types` of each token.
            tags: ``(tokens,)``, gold tags, ``TagSet.UNSEEN`` or ``TagSet.UNTAGGED``; or ``(tokens, tags)``,
                a distribution for each token.
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
        tags = [tagset[tag] for sentence in sentences for _, tag in sentence]
        words = [[word for word, _ in sentence] for sentence in sentences]
        return cls.encode_words(words, torch.tensor(tags, dtype=torch.long), encoding)

    @classmethod
    def encode_words(
        cls, sentences: Iterable[Sequence[str]], tags: Tensor, encoding: WordEncoding
    ) -> EncodedCorpus:
        """Encodes sentences whose tags, or distributions of tags, are numbers already.

        Args:
            tags: of the tokens of all sentences, ``(tokens,)`` or ``(tokens, tags)``.
        """
        rows: dict[str, int] = {}
        tokens: list[int] = []
        lengths: list[int] = []
        for sentence in sentences:
            if sentence:
                tokens += [rows.setdefault(word, len(rows) + 1) for word in straight_quotes(sentence)]
                lengths.append(len(sentence))
        return cls(
            encoding.encode(list(rows)),
            torch.tensor(tokens, dtype=torch.long),
            tags,
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
        """Word dropout: how probably the word of each type is dropped, ``alpha / (count + alpha)``.

        The rarer a word, the more it is worth to learn what to do without it.

        Returns:
            ``(types,)``, on the corpus's device.
        """
        if not self.has_words:
            return torch.zeros(len(self.types.columns), device=self.device)
        words = self.types.columns[:, 0]
        counts = torch.bincount(words[self.tokens], minlength=int(words.max()) + 1)[words]
        return alpha / (counts + alpha) if alpha else torch.zeros_like(counts, dtype=torch.float)

    def batch(self, sentences: Tensor, word_dropout: Tensor | None = None, mask_rate: float = 0.0) -> Batch:
        """Cuts a batch out.

        Args:
            sentences: ``(sentences,)`` numbers of the sentences, on the CPU.
            word_dropout: ``(types,)`` the probability with which a token of each type loses its word, and
                keeps its affixes and shape; None: none does. Draws from torch's random numbers.
            mask_rate: the share of tokens that are masked, of which nothing is seen, and which alone are
                labelled.
        """
        lengths = self.lengths[sentences]
        before = lengths.cumsum(0) - lengths
        # (tokens,): each sentence's start in the corpus, less its start in the batch, plus 0, 1, 2 ...
        places = torch.repeat_interleave(self._starts[sentences] - before, lengths)
        places = (places + torch.arange(len(places))).to(self.device)
        tokens = self.tokens[places]
        # A type without its word is another type: types are told apart by row * 2 + dropped.
        keys = tokens * 2
        if word_dropout is not None:
            keys = keys + (torch.rand(len(tokens), device=self.device) < word_dropout[tokens])
        tags, labelled = self.tags[places], None
        if mask_rate:
            masked = torch.rand(len(tokens), device=self.device) < mask_rate
            keys = keys.masked_fill(masked, _MASKED)
            labelled = (masked & (tags >= 0)).nonzero().squeeze(1)
        padding = torch.zeros(1, dtype=torch.long, device=self.device)
        distinct, index = torch.unique(torch.cat([padding, keys]), return_inverse=True)
        distinct = F.pad(distinct, (0, -len(distinct) % ROUND))  # 0 is padding's
        types = self.types.select(distinct // 2)
        if word_dropout is not None and self.has_words:
            types = drop_words(types, distinct % 2 == 1)
        if tags.is_floating_point():
            tags = tags.float()  # distributions are kept in half of that
        return Batch(types, index[1:], lengths, tags, labelled)

    def batches(self, size: int) -> Iterator[Batch]:
        """All sentences in order, `size` a batch."""
        for start in range(0, len(self), size):
            yield self.batch(torch.arange(start, min(start + size, len(self))))
