"""The drop-in for NLTK's ``pos_tag``, beside NLTK's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nltk
import pytest
from nltk.tag import PerceptronTagger, _pos_tag

from postagger import Config, ConfigError, DataError, ModelFileError, PostaggerError, Tagger
from postagger.corpora import TaggedSentence
from postagger.serving.nltk import pos_tag, pos_tag_sents

WORDS = ["John", "'s", "big", "idea", "is", "n't", "(", "all", ")", "that", "bad", "."]


@pytest.fixture(scope="module")
def original(tiny_sentences: list[TaggedSentence]) -> Callable[..., Any]:
    """NLTK's function, with a tagger of NLTK's in place of the one that has to be downloaded."""
    tagger = PerceptronTagger(load=False)
    tagger.train(tiny_sentences, nr_iter=2)

    def call(tokens: Any, tagset: str | None = None, lang: str = "eng") -> Any:
        return _pos_tag(tokens, tagset, tagger, lang)

    return call


def test_the_arguments_are_nltk_s() -> None:
    for ours, theirs in ((pos_tag, nltk.pos_tag), (pos_tag_sents, nltk.pos_tag_sents)):
        own = [each for each in inspect.signature(ours).parameters.values() if each.kind != each.KEYWORD_ONLY]
        its = inspect.signature(theirs).parameters.values()
        assert [(each.name, each.default) for each in own] == [(each.name, each.default) for each in its]


def test_the_results_have_the_form_of_nltk_s(original: Callable[..., Any]) -> None:
    for tokens in (WORDS, tuple(WORDS), []):
        theirs, ours = original(tokens), pos_tag(tokens)
        assert type(ours) is type(theirs) is list
        assert [word for word, _ in ours] == [word for word, _ in theirs]
        assert all(type(pair) is tuple and len(pair) == 2 for pair in ours)


def test_tags() -> None:
    tags = ["NNP", "POS", "JJ", "NN", "VBZ", "RB", "(", "DT", ")", "RB", "JJ", "."]
    assert pos_tag(WORDS) == list(zip(WORDS, tags, strict=True))
    universal = ["NOUN", "PRT", "ADJ", "NOUN", "VERB", "ADV", ".", "DET", ".", "ADV", "ADJ", "."]
    assert pos_tag(WORDS, tagset="universal") == list(zip(WORDS, universal, strict=True))
    assert pos_tag(iter(WORDS), "universal", "eng") == pos_tag(WORDS, "universal")
    sentences = [WORDS, [], ["Birds", "fly"]]
    assert pos_tag_sents(iter(sentences)) == [pos_tag(each) for each in sentences]
    assert pos_tag_sents(sentences, "universal") == [pos_tag(each, "universal") for each in sentences]
    assert pos_tag_sents([]) == []


def test_universal_tags_are_those_that_nltk_maps_to() -> None:
    from nltk.tag.mapping import map_tag

    try:
        map_tag("en-ptb", "universal", "NN")
    except LookupError:
        pytest.skip("needs NLTK's universal_tagset")
    mapped = [(word, map_tag("en-ptb", "universal", tag)) for word, tag in pos_tag(WORDS)]
    assert pos_tag(WORDS, "universal") == mapped


def test_errors_are_also_nltk_s(original: Callable[..., Any]) -> None:
    for mistake in (("a string",), (WORDS, None, "deu")):
        with pytest.raises((TypeError, NotImplementedError)) as theirs:
            original(*mistake)
        with pytest.raises(theirs.type) as ours:
            pos_tag(*mistake)
        assert isinstance(ours.value, PostaggerError)
    with pytest.raises(TypeError, match="expected a list of strings, got a string"):
        pos_tag_sents(["a string"])
    with pytest.raises(NotImplementedError, match="lang='rus': the tagger that comes with the package"):
        pos_tag_sents([WORDS], lang="rus")
    with pytest.raises(DataError, match="contains 3: every token must be a string"):
        pos_tag(["a", 3])  # type: ignore[list-item]
    with pytest.raises(DataError, match="expected a list of strings, got 3"):
        pos_tag(3)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="tagset='brown': expected 'universal'"):
        pos_tag(WORDS, "brown")
    with pytest.raises(ModelFileError, match="cannot read the model"):
        pos_tag(WORDS, model="nothing.safetensors")


def test_a_model_of_one_s_own(
    tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    def trained(name: str, tag_of: Callable[[str], str]) -> Path:
        sentences = [[(word, tag_of(tag)) for word, tag in each] for each in tiny_sentences]
        Tagger.train(sentences, tiny_config(training={"epochs": 1})).save(tmp_path / name)
        return tmp_path / name

    upos = trained("upos.safetensors", lambda tag: "AUX" if tag == "MD" else "PROPN")
    assert {tag for _, tag in pos_tag(WORDS, model=upos)} <= {"AUX", "PROPN"}
    assert {tag for _, tag in pos_tag(WORDS, "universal", model=upos)} <= {"VERB", "NOUN"}
    other = trained("other.safetensors", str.lower)
    with pytest.raises(ConfigError, match=r"the tags of .*other.safetensors \(.* have no universal"):
        pos_tag(WORDS, "universal", model=other)
