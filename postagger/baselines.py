"""Taggers that a user has already: NLTK's, behind the face of `Tagger`, to compare with.

NLTK trains them and NLTK tags with them. Here stand their settings, what NLTK needs to be told about
odd input, and how many parameters each has.
"""

from __future__ import annotations

import difflib
import importlib.util
import random
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import nltk.data
from nltk.probability import FreqDist, WittenBellProbDist
from nltk.tag import CRFTagger, DefaultTagger, PerceptronTagger, TnT, UnigramTagger
from nltk.tag.hmm import HiddenMarkovModelTrainer

from postagger.corpora import UNTAGGED, Corpus, TaggedSentence
from postagger.errors import ConfigError, DataError, PostaggerError
from postagger.features import Lexicon, TagSet
from postagger.tagger import SentenceTagger, checked

BASELINES = {
    "most_frequent": "the most frequent tag of each word, for unknown words that of all words (NLTK)",
    "hmm": "hidden Markov model over pairs of tags, Witten-Bell smoothing (NLTK)",
    "tnt": "TnT: hidden Markov model over triples of tags, suffixes for unknown words (NLTK)",
    "perceptron": "averaged perceptron, 10 iterations (NLTK)",
    "crfsuite": "conditional random field over word, suffixes and shape, c2 = 0.1 (NLTK, CRFsuite)",
}
"""Each baseline in a line."""

SEEDED = frozenset({"perceptron"})
"""The baselines that use chance; the others are the same with every seed."""

_PERCEPTRON_ITERATIONS = 10
_CRF_L2 = 0.1

_TagWords = Callable[[list[str]], list[tuple[str, str]]]
"""One sentence, which is not empty, to pairs with the tags in second place."""

_Trained = tuple[_TagWords, int]
"""How to tag, and the number of parameters."""


class Baseline(SentenceTagger):
    """A trained baseline. Make one with `train_baseline`.

    Attributes:
        name: a key of `BASELINES`.
        parameter_count: numbers that training set: weights, or entries in tables of counts.
    """

    def __init__(
        self, name: str, tag_words: _TagWords, parameter_count: int, lexicon: Lexicon, tagset: TagSet
    ) -> None:
        self.name = name
        self.parameter_count = parameter_count
        self.lexicon = lexicon
        self.tagset = tagset
        self._tag_words = tag_words

    def tag_sents(self, sentences: Iterable[Sequence[str]]) -> Iterator[TaggedSentence]:
        """Tags sentences, one answer for each, in their order; a sentence is read when its answer is due.

        Raises:
            DataError: a sentence is one string, or holds something that is no string.
        """
        for words in checked(sentences):
            prediction = self._tag_words(words) if words else []
            yield [(word, tag) for word, (_, tag) in zip(words, prediction, strict=True)]


def is_available(name: str) -> bool:
    """Whether what the baseline needs is installed; only ``crfsuite`` needs more than this package does.

    Raises:
        ConfigError: there is no such baseline.
    """
    _check_name(name)
    return name != "crfsuite" or importlib.util.find_spec("pycrfsuite") is not None


def check_baseline(name: str) -> None:
    """Finds out before a long plan whether a baseline can be trained here.

    Raises:
        ConfigError: there is no such baseline.
        PostaggerError: what it needs is not installed.
    """
    if not is_available(name):
        raise PostaggerError(f"the baseline {name!r} needs python-crfsuite: pip install 'postagkit[compare]'")


def train_baseline(name: str, corpus: Corpus, seed: int = 1) -> Baseline:
    """Trains on ``corpus.train``; dev and test are not looked at.

    Python's global random numbers are left as they were.

    Args:
        name: a key of `BASELINES`.
        seed: of the order of the sentences, for those in `SEEDED`.

    Raises:
        ConfigError: there is no such baseline.
        PostaggerError: what it needs is not installed.
        DataError: the training set is empty, or only partly tagged.
    """
    check_baseline(name)
    sentences = [sentence for sentence in corpus.train if sentence]
    if not sentences:
        raise DataError(f"there is nothing to learn: the training set of {corpus.name!r} holds no sentence")
    if any(tag == UNTAGGED for sentence in sentences for _, tag in sentence):
        raise DataError(
            f"the baseline {name!r} learns from fully tagged sentences only, "
            f"and the training set of {corpus.name!r} holds tokens without a tag"
        )
    tag_words, parameter_count = _TRAINERS[name](sentences, seed)
    tagset = TagSet.from_sentences(sentences)
    return Baseline(name, tag_words, parameter_count, Lexicon.from_sentences(sentences), tagset)


def _check_name(name: str) -> None:
    if name not in BASELINES:
        near = difflib.get_close_matches(name, BASELINES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(BASELINES)}"
        raise ConfigError(f"unknown baseline {name!r}: {hint}")


# -- the five; a seed is given to all, and used by those that use chance -----------------------------------


def _train_most_frequent(sentences: list[TaggedSentence], _seed: int) -> _Trained:
    """An entry for each word that is not tagged as an unknown one would be, and one for the unknown ones."""
    tags = FreqDist(tag for sentence in sentences for _, tag in sentence)
    tagger = UnigramTagger(sentences, backoff=DefaultTagger(tags.max()))
    return tagger.tag, tagger.size() + 1


def _train_hmm(sentences: list[TaggedSentence], _seed: int) -> _Trained:
    """An entry for each first tag, pair of tags, and tag with word.

    All unknown words are one symbol, None, which every tag emits with the probability that it keeps for
    words it was not seen with. (Given the words themselves, NLTK would answer the same, and add each to
    its tables.)
    """

    def estimate(counts: FreqDist, bins: int) -> WittenBellProbDist:
        return WittenBellProbDist(counts, bins + 1)  # where no bin is empty, NLTK divides by 0

    tagger = HiddenMarkovModelTrainer().train_supervised(sentences, estimator=estimate)
    tagger.tag([None])  # it computes its tables when it first tags: that is training
    tables = [tagger._priors, *tagger._transitions.values(), *tagger._outputs.values()]
    known = {word for sentence in sentences for word, _ in sentence}

    def tag_words(words: list[str]) -> list[tuple[str, str]]:
        prediction: list[tuple[str, str]] = tagger.tag([word if word in known else None for word in words])
        return prediction

    return tag_words, sum(table.freqdist().B() for table in tables)


def _train_tnt(sentences: list[TaggedSentence], _seed: int) -> _Trained:
    """An entry for each n-gram of tags, word with tag, and suffix with tag; and four weights between them.

    Settings chosen on the treebank: on dev, TnT's own model of suffixes was better than chains of
    `AffixTagger`; there and in cross-validation of train, tags split by capitalisation were better.
    """
    tagger = TnT(C=True)
    tagger.train(sentences)
    conditional = (tagger._tag_bigrams, tagger._tag_trigrams, tagger._word_tag_freqs)
    conditional += tuple(tagger._suffix_trie_by_cap.values())
    tables = [tagger._tag_unigrams, *chain.from_iterable(table.values() for table in conditional)]
    return tagger.tag, sum(table.B() for table in tables) + 4


def _train_perceptron(sentences: list[TaggedSentence], seed: int) -> _Trained:
    """A weight for each feature with tag, and an entry for each word that NLTK looks up instead."""
    tagger = PerceptronTagger(load=False)
    state = random.getstate()  # NLTK shuffles by Python's global random numbers
    try:
        random.seed(seed)
        tagger.train(sentences, nr_iter=_PERCEPTRON_ITERATIONS)
    finally:
        random.setstate(state)
    weights = sum(len(weights) for weights in tagger.model.weights.values())
    return tagger.tag, weights + len(tagger.tagdict)


def _train_crfsuite(sentences: list[TaggedSentence], _seed: int) -> _Trained:
    """A weight for each feature with tag, and each pair of tags."""
    tagger = CRFTagger(training_opt={"c2": _CRF_L2})
    text = [[(_as_text(word), tag) for word, tag in sentence] for sentence in sentences]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.crfsuite"
        file.touch(mode=0o600)  # NLTK opens no model that others may write to,
        nltk.data.path.append(folder)  # and none outside of its data folders
        try:
            tagger.train(text, str(file))
        finally:
            nltk.data.path.remove(folder)
        model = file.read_bytes()

    def tag_words(words: list[str]) -> list[tuple[str, str]]:
        prediction: list[tuple[str, str]] = tagger.tag([_as_text(word) for word in words])
        return prediction

    return tag_words, _crfsuite_weights(model)


def _as_text(word: str) -> str:
    """The word with a ``?`` for each lone surrogate, which is no text: CRFsuite takes UTF-8 only."""
    return word.encode("utf-8", errors="replace").decode("utf-8")


def _crfsuite_weights(model: bytes) -> int:
    """How many weights a CRFsuite model file holds.

    Its header names the place of the chunk of features; that says after 8 bytes how many there are.
    (python-crfsuite's own reader fails where a word holds a line break.)
    """
    (start,) = struct.unpack_from("<I", model, 28)
    (weights,) = struct.unpack_from("<I", model, start + 8)
    return int(weights)


_TRAINERS: dict[str, Callable[[list[TaggedSentence], int], _Trained]] = {
    "most_frequent": _train_most_frequent,
    "hmm": _train_hmm,
    "tnt": _train_tnt,
    "perceptron": _train_perceptron,
    "crfsuite": _train_crfsuite,
}
