# ruff: noqa: RUF001 (look-alike quotes are what this is about)
from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from nltk.tokenize.treebank import TreebankWordTokenizer

from postagger.text.tokenize import tokenize

QUOTES = "'\"`‘’‚‛“”„‟«»‹›ʼ＇＂′″´〝〞"
PIECES = [
    "a",
    "I",
    "do",
    "n",
    "s",
    "ll",
    "can",
    "not",
    "é",
    ".",
    ",",
    "!",
    "(",
    ")",
    "--",
    "...",
    "9",
    "$",
    " ",
]
TEXT = st.lists(st.sampled_from([*PIECES, *QUOTES, "  ", "\u00a0", "\n"]), max_size=20).map("".join)


@given(st.text(st.characters(max_codepoint=127)) | TEXT.filter(str.isascii))
@example('He said "Stop." Then he left.')
@example("``Don't,'' they'd say, 'tis `this'.")
def test_ascii_text_is_cut_as_by_nltk(sentence: str) -> None:
    assert tokenize(sentence) == TreebankWordTokenizer().tokenize(sentence)


@given(TEXT | st.text())
@example("''“a” \"b\" ''c'' ‘‘d’’")
def test_tokens_are_the_text_without_its_blanks(sentence: str) -> None:
    rest = "".join(sentence.split())
    for token in tokenize(sentence):
        if rest.startswith(token):
            rest = rest[len(token) :]
        else:  # straight double quotes become `` or ''
            assert token in ("``", "''")
            written = next(quote for quote in ('"', "''") if rest.startswith(quote))
            rest = rest[len(written) :]
    assert rest == ""


@pytest.mark.parametrize("apostrophe", "’ʼ＇′´‛‘")
@pytest.mark.parametrize(
    "straight",
    [
        "I don't know, and they're not here.",
        "It wasn't.",
        "She'll say he'd've gone; I'm sure it's Anna's.",
        "the dogs' toys",
        "O'Brien can't",
        "DON'T",
    ],
)
def test_contractions_are_cut_with_any_apostrophe(straight: str, apostrophe: str) -> None:
    expected = [token.replace("'", apostrophe) for token in tokenize(straight)]
    assert tokenize(straight.replace("'", apostrophe)) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("He said “Stop.” Then he left.", "He said “ Stop . ” Then he left ."),
        ("He said “stop”.", "He said “ stop ” ."),
        ("He said, “Stop.”", "He said , “ Stop . ”"),
        ("“Don’t,” he said.", "“ Do n’t , ” he said ."),
        ("“They’ll go?” “Yes!”", "“ They ’ll go ? ” “ Yes ! ”"),
        ("(“a”)", "( “ a ” )"),
        ("He said ‘Stop.’ Then he left.", "He said ‘ Stop . ’ Then he left ."),
        ("‘I can’t,’ he said.", "‘ I ca n’t , ’ he said ."),
        ("“‘Nested,’ he said.”", "“ ‘ Nested , ’ he said . ”"),
        ("‘She said “no”.’", "‘ She said “ no ” . ’"),
        ("„Stop“, sagte er. „Nein.“", "„ Stop “ , sagte er. „ Nein . “"),
        ("‚Ja‘, sagt er.", "‚ Ja ‘ , sagt er ."),
        ("»Stop.« Er ging.", "» Stop . « Er ging ."),
        ("«Non», dit-il.", "« Non » , dit-il ."),
        ("Il dit : « Stop. »", "Il dit : « Stop . »"),
        ("Il dit\u00a0: «\u00a0Non\u00a0».", "Il dit : « Non » ."),
        ("‹a› ＂b＂ 〝c〞", "‹ a › ＂ b ＂ 〝 c 〞"),
        ("``quoted'' and “curly” and \"straight\"", "`` quoted '' and “ curly ” and `` straight ''"),
        ('“mixed" and "mixed”', "“ mixed '' and `` mixed ”"),
        ("“U.S.” and “Inc.” and “etc.” too.", "“ U.S. ” and “ Inc. ” and “ etc. ” too ."),
        ("rock ‘n’ roll, ‘tis the ’90s", "rock ‘n ’ roll , ‘t is the ’90s"),
        ("‘‘LaTeX’’ quotes", "‘‘ LaTeX ’’ quotes"),
        ("“", "“"),
        ("’", "’"),
        ("“”", "“ ”"),
    ],
)
def test_quotes_are_tokens_and_stay_as_they_are_written(sentence: str, expected: str) -> None:
    assert tokenize(sentence) == expected.split(" ")
