"""Baselines to compare with: NLTK's taggers with the interface of `Tagger`.

NLTK trains them and tags with them. This module holds their settings, the handling of unusual input, and
the counting of their parameters.
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
from postagger.corpora.learnable import check_not_empty
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
"""A one-line description of each baseline."""

SEEDED = frozenset({"perceptron"})
"""The baselines that depend on the seed; the others are deterministic."""

_PERCEPTRON_ITERATIONS = 10
_CRF_L2 = 0.1

_TagWords = Callable[[list[str]], list[tuple[str, str]]]
"""Tags one sentence, which must not be empty: (word, tag) pairs."""

_Trained = tuple[_TagWords, int]
"""The function that tags, and the number of parameters."""


class Baseline(SentenceTagger):
    """A trained baseline. Make one with `train_baseline`.

    Attributes:
        name: a key of `BASELINES`.
        parameter_count: number of trained weights, or of entries in tables of counts.
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
        """Tags sentences lazily: each is taken from the iterable when its prediction is requested.

        Raises:
            DataError: a sentence is a string, or holds something that is not a string.
        """
        for words in checked(sentences):
            prediction = self._tag_words(words) if words else []
            yield [(word, tag) for word, (_, tag) in zip(words, prediction, strict=True)]


def is_available(name: str) -> bool:
    """Whether the packages of a baseline are installed; only ``crfsuite`` needs an additional one.

    Raises:
        ConfigError: there is no such baseline.
    """
    _check_name(name)
    return name != "crfsuite" or importlib.util.find_spec("pycrfsuite") is not None


def check_baseline(name: str) -> None:
    """Checks before a long training that a baseline can be trained.

    Raises:
        ConfigError: there is no such baseline.
        PostaggerError: what it needs is not installed.
    """
    if not is_available(name):
        raise PostaggerError(f"the baseline {name!r} needs python-crfsuite: pip install 'postagkit[compare]'")


def train_baseline(name: str, corpus: Corpus, seed: int = 1) -> Baseline:
    """Trains a baseline on ``corpus.train``; dev and test are not used.

    The state of Python's global random generator is restored.

    Args:
        name: a key of `BASELINES`.
        seed: seed of the order of the sentences, for the baselines in `SEEDED`.

    Raises:
        ConfigError: there is no such baseline.
        PostaggerError: what it needs is not installed.
        DataError: the training set is empty, or only partly tagged.
    """
    check_baseline(name)
    check_not_empty(corpus)
    sentences = [sentence for sentence in corpus.train if sentence]
    if any(tag == UNTAGGED for sentence in sentences for _, tag in sentence):
        raise DataError(
            f"the baseline {name!r} needs fully tagged sentences, "
            f"but the training set of {corpus.name!r} holds tokens without a tag"
        )
    tag_words, parameter_count = _TRAINERS[name](sentences, seed)
    tagset = TagSet.from_sentences(sentences)
    return Baseline(name, tag_words, parameter_count, Lexicon.from_sentences(sentences), tagset)


def _check_name(name: str) -> None:
    if name not in BASELINES:
        near = difflib.get_close_matches(name, BASELINES, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(BASELINES)}"
        raise ConfigError(f"unknown baseline {name!r}: {hint}")


# -- training of each baseline; all take a seed, and only those in `SEEDED` use it -------------------------


def _train_most_frequent(sentences: list[TaggedSentence], _seed: int) -> _Trained:
    """Counts an entry for each word that is not tagged like an unknown word, and one for unknown words."""
    tags = FreqDist(tag for sentence in sentences for _, tag in sentence)
    tagger = UnigramTagger(sentences, backoff=DefaultTagger(tags.max()))
    return tagger.tag, tagger.size() + 1


def _train_hmm(sentences: list[TaggedSentence], _seed: int) -> _Trained:
    """Counts an entry for each first tag, pair of tags, and tag with word.

    All unknown words are replaced by one symbol, None, which every tag emits with the probability that it
    reserves for unseen words. (With the words themselves NLTK would predict the same tags, but add each
    word to its tables.)
    """

    def estimate(counts: FreqDist, bins: int) -> WittenBellProbDist:
        return WittenBellProbDist(counts, bins + 1)  # NLTK divides by 0 if no bin is empty

    tagger = HiddenMarkovModelTrainer().train_supervised(sentences, estimator=estimate)
    tagger.tag([None])  # NLTK computes its tables at the first tagging: that belongs to training
    tables = [tagger._priors, *tagger._transitions.values(), *tagger._outputs.values()]
    known = {word for sentence in sentences for word, _ in sentence}

    def tag_words(words: list[str]) -> list[tuple[str, str]]:
        prediction: list[tuple[str, str]] = tagger.tag([word if word in known else None for word in words])
        return prediction

    return tag_words, sum(table.freqdist().B() for table in tables)


def _train_tnt(sentences: list[TaggedSentence], _seed: int) -> _Trained:
    """Counts an entry for each n-gram of tags, word with tag, and suffix with tag, and four mixture weights.

    The settings were chosen on the treebank: TnT's own suffix model was better on dev than chains of
    `AffixTagger`, and separate tags by capitalisation were better on dev and in cross-validation of train.
    """
    tagger = TnT(C=True)
    tagger.train(sentences)
    conditional = (tagger._tag_bigrams, tagger._tag_trigrams, tagger._word_tag_freqs)
    conditional += tuple(tagger._suffix_trie_by_cap.values())
    tables = [tagger._tag_unigrams, *chain.from_iterable(table.values() for table in conditional)]
    return tagger.tag, sum(table.B() for table in tables) + 4


def _train_perceptron(sentences: list[TaggedSentence], seed: int) -> _Trained:
    """Counts a weight for each feature with tag, and an entry for each word that NLTK looks up instead."""
    tagger = PerceptronTagger(load=False)
    state = random.getstate()  # NLTK shuffles with Python's global generator
    try:
        random.seed(seed)
        tagger.train(sentences, nr_iter=_PERCEPTRON_ITERATIONS)
    finally:
        random.setstate(state)
    weights = sum(len(weights) for weights in tagger.model.weights.values())
    return tagger.tag, weights + len(tagger.tagdict)


def _train_crfsuite(sentences: list[TaggedSentence], _seed: int) -> _Trained:
    """Counts a weight for each feature with tag, and for each pair of tags."""
    tagger = CRFTagger(training_opt={"c2": _CRF_L2})
    text = [[(_as_text(word), tag) for word, tag in sentence] for sentence in sentences]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.crfsuite"
        file.touch(mode=0o600)  # NLTK refuses a model file that others may write to,
        nltk.data.path.append(folder)  # or that is outside its data folders
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
    """The word with ``?`` for each lone surrogate, because CRFsuite accepts only UTF-8."""
    return word.encode("utf-8", errors="replace").decode("utf-8")


def _crfsuite_weights(model: bytes) -> int:
    """The number of weights in a CRFsuite model file.

    The header gives the offset of the chunk of features, and the chunk gives their number after 8 bytes.
    (python-crfsuite's own reader fails if a word contains a line break.)
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
