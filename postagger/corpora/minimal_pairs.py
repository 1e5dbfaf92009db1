"""The challenge set: minimal pairs of sentences, in which a word has another tag in each.

The set is in ``data/challenge``, with a page that says what is in it. It is for testing, never for training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from postagger.corpora.conllu import conllu_sentences, is_word_line
from postagger.corpora.files import challenge_file
from postagger.corpora.sentences import UNTAGGED
from postagger.errors import DataError
from postagger.io import open_text


@dataclass(frozen=True)
class ChallengeSentence:
    """A sentence with one tagged word, the target.

    Attributes:
        identifier: unique in the set.
        words: its tokens.
        text: the same as one would write it.
        target: the position of the target in `words`, from 0.
        xpos: the target's Penn treebank tag.
        upos: its universal tag in Universal Dependencies.
    """

    identifier: str
    words: tuple[str, ...]
    text: str
    target: int
    xpos: str
    upos: str

    @property
    def word(self) -> str:
        return self.words[self.target]


@dataclass(frozen=True)
class MinimalPair:
    """Two sentences that differ as little as possible, but in the target's tag.

    Attributes:
        phenomenon: what they are an example of.
        number: counts the pairs of a phenomenon, from 1.
        distance: how many words away from the target the nearest word is in which they differ, 1 for its
            neighbour; 0 if the targets themselves differ. A tagger that sees fewer words on each side of the
            target gives both the same tag.
        first, second: the sentences.
    """

    phenomenon: str
    number: int
    distance: int
    first: ChallengeSentence
    second: ChallengeSentence

    @property
    def sentences(self) -> tuple[ChallengeSentence, ChallengeSentence]:
        return self.first, self.second


@cache
def load_challenge() -> tuple[MinimalPair, ...]:
    """Reads the challenge set, in the order of its file.

    Raises:
        DataError: it is missing from the installation, or its file was changed and is not valid any more.
    """
    return tuple(read_pairs(challenge_file()))


def read_pairs(file: str) -> Iterator[MinimalPair]:
    """Yields the pairs of a file: CoNLL-U, the two sentences of a pair one after the other.

    Raises:
        DataError: it can't be read, or a sentence has no such comments, not one target, or no partner.
    """
    waiting: tuple[dict[str, str], ChallengeSentence] | None = None
    with open_text(file) as lines:
        for line, block in conllu_sentences(lines, file):
            comments, sentence = _sentence(block, f"{file}:{line}")
            if waiting is None:
                waiting = comments, sentence
                continue
            before, first = waiting
            waiting = None
            if any(before.get(key) != comments.get(key) for key in ("phenomenon", "pair")):
                raise DataError(f"{file}:{line}: the sentence before this one has no partner")
            distance = distance_between(first, sentence)
            if comments.get("distance") != str(distance):
                raise DataError(f"{file}:{line}: the distance of this pair is {distance}")
            yield MinimalPair(comments["phenomenon"], int(comments["pair"]), distance, first, sentence)
    if waiting is not None:
        raise DataError(f"{file}: the last sentence has no partner")


def _sentence(block: list[str], place: str) -> tuple[dict[str, str], ChallengeSentence]:
    """A sentence and its comments by their names."""
    named = (line[2:].partition(" = ") for line in block if not is_word_line(line))
    comments = {key: value for key, _, value in named}
    for key in ("sent_id", "phenomenon", "pair", "text"):
        if not comments.get(key) or (key == "pair" and not comments[key].isdecimal()):
            raise DataError(f"{place}: a sentence of the challenge set needs a comment # {key} = ...")
    rows = [line.split("\t") for line in block if is_word_line(line)]
    targets = [place for place, row in enumerate(rows) if UNTAGGED not in (row[3], row[4])]
    if len(targets) != 1:
        raise DataError(f"{place}: a sentence of the challenge set has one tagged word, not {len(targets)}")
    (target,) = targets
    words = tuple(row[1] for row in rows)
    upos, xpos = rows[target][3:5]
    return comments, ChallengeSentence(comments["sent_id"], words, comments["text"], target, xpos, upos)


def distance_between(first: ChallengeSentence, second: ChallengeSentence) -> int:
    """How many words away from their targets two sentences differ first; see `MinimalPair`.

    Raises:
        DataError: they are the same.
    """
    if first.word != second.word:
        return 0
    before = zip_longest(first.words[: first.target][::-1], second.words[: second.target][::-1])
    after = zip_longest(first.words[first.target + 1 :], second.words[second.target + 1 :])
    differing = [
        distance for side in (before, after) for distance, (one, other) in enumerate(side, 1) if one != other
    ]
    if not differing:
        raise DataError(f"{first.identifier} and {second.identifier} are the same sentence")
    return min(differing)
