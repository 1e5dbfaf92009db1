"""The result of an explanation, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from postagger.errors import short


@dataclass(frozen=True)
class Part:
    """A part of a word.

    Attributes:
        name: ``word``, ``prefix1`` ..., ``suffix1`` ..., ``shape``, ``class`` or ``class4`` ...,
            ``vectors`` or ``characters``.
        text: its text in this word.
        known: whether it occurs in training (for classes, often enough), or in the pretrained vectors.
        attribution: its contribution to the margin, in nats.
    """

    name: str
    text: str
    known: bool
    attribution: float


@dataclass(frozen=True)
class Reason:
    """How one word contributes to the tag.

    Attributes:
        position: index of the word; -1 stands for the padding before the sentence, and the sentence's length
            for the padding after it (of a window).
        word: the word as given; empty for padding.
        attribution: its contribution to the margin, in nats; a negative one is for the other tag.
        parts: the contributions of the word's parts; empty for padding.
        tag_without: the predicted tag if this word is masked.
        probability_without: the probability of the explained tag if this word is masked.
    """

    position: int
    word: str
    attribution: float
    parts: tuple[Part, ...]
    tag_without: str
    probability_without: float

    def __repr__(self) -> str:
        name = short(self.word) if self.word else "padding"
        without = f"{short(self.tag_without)}, explained tag {self.probability_without:.2f}"
        return f"<Reason {name}: {self.attribution:+.2f} nats; without it {without}>"


_SHOWN = 3
"""Words in the `repr` of an explanation."""


@dataclass(frozen=True)
class Explanation:
    """Why a word has this tag rather than another.

    Attributes:
        words: the sentence.
        position: index of the word, from 0.
        tag, probability: the predicted tag and its probability, in 0..1.
        against, against_probability: the tag that it is compared with.
        margin: the log of the ratio of the two probabilities, in nats. It can be negative with a CRF, whose
            best sequence of tags need not hold the most probable tag of each word.
        start: the margin with all words masked.
        reasons: one for each word that the network uses for this tag, in sentence order, and for the padding
            of a window.
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

    def __repr__(self) -> str:
        word = f"{short(self.words[self.position])}, word {self.position + 1} of {len(self.words)}"
        tags = f"{short(self.tag)} {self.probability:.3f} rather than {short(self.against)}"
        strongest = sorted(self.reasons, key=lambda reason: -abs(reason.attribution))[:_SHOWN]
        words = ", ".join(
            f"{short(each.word) if each.word else 'padding'} {each.attribution:+.2f}" for each in strongest
        )
        margin = f"{self.margin:+.2f} nats, most by {words}"
        return f"<Explanation of {word}:\n {tags} {self.against_probability:.3f}, {margin}>"

    def _repr_html_(self) -> str:
        from postagger.explain.notebook import explanation_html

        return explanation_html(self)

    @property
    def rest(self) -> float:
        """The part of the margin that the attributions miss."""
        return self.margin - self.start - sum(reason.attribution for reason in self.reasons)
