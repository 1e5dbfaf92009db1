"""Raw text: ``tag_text`` of taggers and ensembles."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from postagger import Config, ConfigError, Corpus, DataError, Ensemble, Tagger
from postagger.corpora import TaggedSentence
from postagger.features import Lexicon

TEXT = "The old man saw the dog. They man\tthe boat!\n\n Time flies "


@pytest.fixture(scope="module")
def tagger(tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config]) -> Tagger:
    config = tiny_config("window", training={"epochs": 25, "learning_rate": 0.02})
    return Tagger.train(tiny_sentences, config)


def with_text(tagger: Tagger, **settings: str) -> Tagger:
    """The same tagger with other settings for text."""
    other = copy.copy(tagger)
    other.config = tagger.config.model_copy(update={"text": tagger.config.text.model_copy(update=settings)})
    return other


def test_sentences_have_the_tags_of_their_words_and_their_places(tagger: Tagger) -> None:
    sentences = tagger.tag_text(TEXT)
    assert [sentence.text for sentence in sentences] == [
        "The old man saw the dog.",
        "They man\tthe boat!",
        "Time flies",
    ]
    for sentence in sentences:
        assert [(token.word, token.tag) for token in sentence] == tagger.tag(sentence.words)
        assert all(TEXT[token.start : token.end] == token.text for token in sentence)
        assert all((token.tags, token.probabilities) == (None, None) for token in sentence)
    assert "".join(token.text + token.space_after for each in sentences for token in each) == TEXT
    assert tagger.tag_text("") == tagger.tag_text(" \n") == []


def test_an_ensemble_reads_text_as_its_first_member(tagger: Tagger) -> None:
    assert Ensemble([tagger, tagger]).tag_text(TEXT) == tagger.tag_text(TEXT)


def test_rules_come_from_the_config_or_from_the_call(tagger: Tagger) -> None:
    text = "A well-known dog. It ran"
    words = {
        "ptb": [["A", "well-known", "dog", "."], ["It", "ran"]],
        "ud": [["A", "well", "-", "known", "dog", "."], ["It", "ran"]],
    }
    for rules, expected in words.items():
        assert [each.words for each in with_text(tagger, tokens=rules).tag_text(text)] == expected
        assert [each.words for each in tagger.tag_text(text, tokens=rules)] == expected  # type: ignore[arg-type]
    assert len(with_text(tagger, sentences="line").tag_text(text)) == 1
    assert tagger.tag_text(text, tokens=str.split, sentences="line")[0].words == text.split()
    with pytest.raises(ConfigError, match=r"^tokens='penn': expected 'ptb'"):
        tagger.tag_text(text, tokens="penn")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="the tokeniser gave"):
        tagger.tag_text(text, tokens=str.split, sentences=lambda _: ["x"])


@pytest.mark.parametrize("rules", ["ptb", "ud", "unicode"])
def test_auto_are_the_rules_of_the_words_of_the_training_set(tagger: Tagger, rules: str) -> None:
    counts = {"the": 60, **{f"word{number}": 1 for number in range(600)}}
    counts |= {"ptb": {}, "ud": {"-": 50}, "unicode": {"the": 1}}[rules]
    other = copy.copy(tagger)
    other.lexicon = Lexicon({word: (count, 1) for word, count in counts.items()})
    assert other.config.text.tokens == "auto"
    assert other.token_rules == rules
    assert tagger.token_rules == "ptb"


def test_probabilities_are_those_of_distributions(tagger: Tagger) -> None:
    for sentence in tagger.tag_text(TEXT, probabilities=True):
        assert [token.probabilities for token in sentence] == tagger.distributions(sentence.words)


def test_all_heads_and_a_lexicon(tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> None:
    train, dev, test = (
        [[(word, word[0].upper()) for word, _ in sentence] for sentence in tiny_corpus.part(part)]
        for part in ("train", "dev", "test")
    )
    corpus = replace(tiny_corpus, others=(Corpus("letters", train, dev, test),))
    two_heads = Tagger.train(corpus, tiny_config())
    (sentence,) = two_heads.tag_text("The dog")
    assert [[(token.word, token.tags) for token in sentence]] == list(two_heads.tag_columns([["The", "dog"]]))
    for head in two_heads.heads:
        (sentence,) = two_heads.tag_text("The dog", head=head)
        assert [(token.word, token.tag) for token in sentence] == two_heads.tag(["The", "dog"], head=head)
    (sentence,) = two_heads.tag_text("The dog", lexicon={"dog": [two_heads.tagset.tags[0]]})
    assert (sentence[1].tag, sentence[1].tags) == (two_heads.tagset.tags[0], None)


def test_another_script_is_a_warning(tagger: Tagger) -> None:
    with pytest.warns(UserWarning, match=r"another script .* \(Chinese characters, not Latin\)"):
        (sentence,) = tagger.tag_text("\u6211\u559c\u6b22\u732b\u3002")
    assert len(sentence) == 5


def test_the_setting_is_in_the_model_file(
    tiny_sentences: list[TaggedSentence], tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    path = tmp_path / "m.safetensors"
    config = tiny_config("window", text={"tokens": "ud", "sentences": "paragraph"})
    Tagger.train(tiny_sentences, config).save(path)
    loaded = Tagger.load(path)
    assert loaded.token_rules == "ud"
    assert [each.text for each in loaded.tag_text("The\ndog. A")] == ["The\ndog.", "A"]
