from __future__ import annotations

import pytest

from postagger.text.style import ScriptWatch, rules_of, script_of, scripts_of

ENGLISH = {"the": 60, "of": 30, **{f"word{number}": 1 for number in range(600)}}
HYPHENATED = {"well-known": 15, "so-called": 10}


@pytest.mark.parametrize(
    ("counts", "rules"),
    [
        ({}, "ptb"),
        ({"Hund": 1, "Katze": 1}, "ptb"),  # too little to tell
        (ENGLISH, "ptb"),
        (ENGLISH | HYPHENATED | {"-": 20}, "ptb"),
        (ENGLISH | {"-": 19}, "ptb"),
        (ENGLISH | {"-": 40, "e-mail": 10}, "ud"),
        (ENGLISH | {"-": 40, "the": 1}, "unicode"),
    ],
)
def test_the_rules_that_a_training_set_follows(counts: dict[str, int], rules: str) -> None:
    assert rules_of(counts) == rules


@pytest.mark.parametrize(
    ("letter", "script"),
    [
        *(("a", "LATIN"), ("\u00e9", "LATIN"), ("\uff21", "LATIN"), ("\U0001d400", "LATIN")),
        *(("\u0434", "CYRILLIC"), ("\u6211", "CJK"), ("\u3042", "HIRAGANA"), ("\ud55c", "HANGUL")),
        *(("5", None), (".", None), ("\U0001f600", None), (" ", None)),
    ],
)
def test_the_script_of_a_letter(letter: str, script: str | None) -> None:
    assert script_of(letter) == script


def test_rare_scripts_do_not_count() -> None:
    assert scripts_of({"word": 100, "\u0434\u043e\u043c": 1, "\u6211": 0}) == {"LATIN"}
    assert scripts_of({"word": 10, "\u0434\u043e\u043c": 10}) == {"LATIN", "CYRILLIC"}


@pytest.mark.parametrize(
    ("known", "words", "script"),
    [
        ({"LATIN"}, ["It", "rains", "."], None),
        ({"LATIN"}, ["caf\u00e9", "\U0001f600", "5"], None),
        ({"LATIN"}, ["the", "word", "\u0434\u043e\u043c"], None),
        ({"LATIN"}, ["\u0434\u043e\u043c", "a"], "Cyrillic, not Latin"),
        ({"LATIN"}, ["\u6211\u559c\u6b22", "."], "Chinese characters, not Latin"),
        ({"CJK"}, ["It", "rains"], "Latin, not Cjk"),
        (set(), ["\u6211"], None),
    ],
)
def test_another_script_is_said_once(known: set[str], words: list[str], script: str | None) -> None:
    said: list[str] = []
    sentences = [["1", "."], words, [], words]
    watch = ScriptWatch(frozenset(known), said.append)
    assert list(watch(sentences)) == list(watch(sentences)) == sentences
    assert len(said) == (script is not None)
    if script is not None:
        assert f"({script})" in said[0]
