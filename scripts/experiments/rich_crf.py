"""A strong linear tagger: a CRF over hand-written features, trained as an averaged perceptron."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pycrfsuite

from postagger.comparison.systems import OnEpoch, System
from postagger.corpora import UNTAGGED, Corpus, TaggedSentence
from postagger.features import Lexicon, TagSet
from postagger.features.normalise import shape
from postagger.tagger import SentenceTagger, checked

ITERATIONS = 20
_LONGEST_AFFIX = 5


class RichCrf(System):
    """CRFsuite's averaged perceptron over words, affixes, shapes and pairs of words in a window of five."""

    name = "rich_crf"
    description = "CRF over words, affixes, shape and pairs of words, averaged perceptron (CRFsuite)"
    seeded = False
    packages = ("python-crfsuite",)

    def identity(self) -> dict[str, Any]:
        return {"system": self.description, "iterations": ITERATIONS}

    def train(self, corpus: Corpus, seed: int, on_epoch: OnEpoch, cache: Path) -> SentenceTagger:  # noqa: ARG002
        trainer = pycrfsuite.Trainer(algorithm="ap", params={"max_iterations": ITERATIONS}, verbose=False)
        for sentence in corpus.train:
            if sentence and all(tag != UNTAGGED for _, tag in sentence):
                trainer.append(features([word for word, _ in sentence]), [tag for _, tag in sentence])
        with TemporaryDirectory() as folder:
            file = str(Path(folder) / "model")
            trainer.train(file)
            return _RichCrfTagger(Path(file).read_bytes(), corpus.train)


class _RichCrfTagger(SentenceTagger):
    def __init__(self, model: bytes, sentences: Iterable[TaggedSentence]) -> None:
        self._model = model  # CRFsuite reads these bytes for as long as it tags
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(self._model)
        self.parameter_count = self._tagger.info().header["num_features"]
        self.lexicon = Lexicon.from_sentences(sentences)
        self.tagset = TagSet.from_sentences(sentences)

    def tag_sents(self, sentences: Iterable[Sequence[str]]) -> Iterator[TaggedSentence]:
        for words in checked(sentences):
            yield list(zip(words, self._tagger.tag(features(words)) if words else [], strict=True))


def features(words: Sequence[str]) -> list[list[str]]:
    """The features of each word of a sentence."""
    lower = [word.lower() for word in words]
    beyond = ["<s>", "<s>", *lower, "</s>", "</s>"]
    return [
        [*_own(word, lower[place]), *_context(*beyond[place : place + 5])] for place, word in enumerate(words)
    ]


def _own(word: str, lower: str) -> Iterator[str]:
    yield from ("bias", f"word={word}", f"lower={lower}", f"shape={shape(word)}")
    for length in range(1, _LONGEST_AFFIX + 1):
        yield f"prefix{length}={lower[:length]}"
        yield f"suffix{length}={lower[-length:]}"


def _context(second: str, first: str, word: str, next_: str, after: str) -> Iterator[str]:
    places = {"-2": second, "-1": first, "+1": next_, "+2": after}
    yield from (f"{place}={other}" for place, other in places.items())
    yield from (f"{place}suffix={other[-3:]}" for place, other in places.items() if "1" in place)
    pairs = {"-1,0": (first, word), "0,+1": (word, next_), "-1,+1": (first, next_)}
    pairs |= {"-2,-1": (second, first), "+1,+2": (next_, after)}
    yield from (f"{places}={left}|{right}" for places, (left, right) in pairs.items())
