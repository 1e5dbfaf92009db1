"""What an explanation says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A part of a word.

    Attributes:
        name: ``word``, ``prefix1`` ..., ``suffix1`` ..., ``shape``, ``vectors`` or ``characters``.
        text: what it is of this word.
        known: whether training, or the pretrained vectors, have it.
        attribution: of the margin, in nats.
    """

    name: str
    text: str
    known: bool
    attribution: float


@dataclass(frozen=True)
class Reason:
    """What one word does for the tag.

    Attributes:
        position: of the word; -1 is what a window reads before the sentence, and the sentence's length what
            it reads after it.
        word: as it was given; empty beyond the edges.
        attribution: of the margin, in nats: above 0 it is for the tag, below 0 for the other one.
        parts: the same by the parts of the word; none beyond the edges.
        tag_without: the answer if nothing were known of this word.
        probability_without: that of the tag which is explained, then.
    """

    position: int
    word: str
    attribution: float
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
        margin: the log of the tag's probability by that of the other one, in nats. A CRF answers with the
            best sequence, in which a word's tag may not be its most probable one: then it is below 0.
        start: the same where nothing is known of any word.
        reasons: for each word that is read for this tag, in their order, and beyond the edges where a window
            reads that.
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
        """What the attributions miss of the margin."""
        return self.margin - self.start - sum(reason.attribution for reason in self.reasons)
