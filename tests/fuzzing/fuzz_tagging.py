"""Taggers: as many answers as sentences, tokens echoed, tags of the tag set; alone as in a batch.

The native kernel is compared with NumPy; native/tests/fuzz.py does this with threads and under sanitizers.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from contents import ODD
from fuzz_models import KINDS, checkpoint_of
from hypothesis import strategies as st
from properties import Target, settled
from random_networks import WORDS

from postagger import TagDictionary, Tagger
from postagger.runtime import Predictor, numpy_predictor
from postagger.tagger import Ensemble

_CLOSE = 1e-4


class Marked(str):
    """A token of a subclass."""


class Tagging(NamedTuple):
    """Sentences for a kind of tagger."""

    kind: str
    sentences: list[list[str]]
    workers: int
    entries: dict[str, list[str]]


@cache
def _tagger(kind: str) -> Tagger | Ensemble:
    if kind == "ensemble":
        members = [Tagger(checkpoint_of(each), device="cpu") for each in ("window", "characters")]
        return Ensemble(members)
    return Tagger(checkpoint_of(kind), device="cpu")


@cache
def _numpy(kind: str) -> Predictor:
    checkpoint = checkpoint_of(kind)
    return numpy_predictor(checkpoint, list(checkpoint.tagsets))


def check_tagging(given: Tagging) -> None:
    """Tags sentences in several ways."""
    tagger = _tagger(given.kind)
    tagged = list(tagger.tag_sents(iter(given.sentences), workers=given.workers))
    assert [[word for word, _ in sentence] for sentence in tagged] == given.sentences
    assert all(
        type(a) is type(b)
        for s, t in zip(tagged, given.sentences, strict=True)
        for (a, _), b in zip(s, t, strict=True)
    )
    assert all(tag in tagger.tagset for sentence in tagged for _, tag in sentence)
    if any(given.sentences):
        _check_probabilities(tagger, given.sentences)
        if given.kind != "ensemble":
            _check_numpy(given.kind, given.sentences, tagger.probabilities(given.sentences))
    if given.entries:
        _check_lexicon(tagger, given)


def _check_probabilities(tagger: Tagger | Ensemble, sentences: list[list[str]]) -> None:
    together = tagger.probabilities(sentences)
    alone = np.concatenate([tagger.probabilities([each]) for each in sentences if each])
    assert np.abs(together - alone).max() < 1e-6
    assert np.abs(together.sum(axis=1) - 1).max() < 1e-5


def _check_numpy(kind: str, sentences: list[list[str]], probabilities: Any) -> None:
    assert np.abs(_numpy(kind).probabilities(sentences) - probabilities).max() < _CLOSE


def _check_lexicon(tagger: Tagger | Ensemble, given: Tagging) -> None:
    lexicon = TagDictionary(given.entries)
    tagged = settled(lambda: list(tagger.tag_sents(given.sentences, lexicon=lexicon)))
    for sentence in tagged or ():
        for word, tag in sentence:
            allowed = lexicon.entries.get(word)
            assert allowed is None or tag in allowed


def check_wrong(given: tuple[str, Any]) -> None:
    """What is no sentences is an error of the package, and the tagger goes on."""
    kind, sentences = given
    tagger = _tagger(kind)
    settled(lambda: list(tagger.tag_sents(sentences)))
    settled(lambda: tagger.tag(sentences))
    assert tagger.tag(["The"])[0][0] == "The"


_WORD = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS),
    st.sampled_from(ODD),
    st.text(max_size=12),
    st.text(st.characters(categories=("Cs", "Lu", "Mn", "Nd")), max_size=4),
    st.sampled_from(WORDS).map(Marked),
)
_SENTENCES = st.lists(st.lists(_WORD, max_size=8), max_size=6)
_TAGS = st.lists(st.sampled_from(("NN", "VB", "DT")), min_size=1, max_size=2)
_TAGGINGS = st.builds(
    Tagging,
    st.sampled_from((*KINDS, "ensemble")),
    _SENTENCES,
    st.sampled_from((1, 1, 3)),
    st.dictionaries(st.sampled_from(WORDS).filter(bool).filter(str.isascii), _TAGS, max_size=3),
)
_WRONG: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.binary(max_size=3) | st.floats() | _WORD,
    lambda inner: (
        st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=2)
    ),
    max_leaves=8,
)
TARGETS = {
    "tagging": Target(_TAGGINGS, check_tagging),
    "tagging-wrong": Target(st.tuples(st.sampled_from((*KINDS, "ensemble")), _WRONG), check_wrong),
}
