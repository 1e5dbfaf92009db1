# ruff: noqa: RUF001 (look-alike quotes are what this is about)
from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from nltk.tokenize.treebank import TreebankWordTokenizer

from postagger.errors import DataError
from postagger.text import load_text, penn, pieces
from postagger.text.addresses import WHOLE
from postagger.text.pieces import PieceTokenizer
from postagger.text.tokenize import tokenize
from postagger.text.treebank import cut
from postagger.text.words import WITHOUT_BLANKS

QUOTES = "'\"`‘’‚‛“”„‟«»‹›ʼ＇＂′″´〝〞"
BLANKS = [" ", "  ", "\t", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\u00a0", "\u2028", "\u3000"]
MARKS = [".", "..", "...", "....", ",", ",,", ":", ";", "!", "?", "-", "--", "---", "$", "%", "_", "/", "\0"]
WORDS = [
    *(
        "a",
        "I",
        "do",
        "n",
        "s",
        "ll",
        "can",
        "not",
        "é",
        "É",
        "9",
        "1,5",
        "U.S.",
        "\u0301",
        "\u200b",
        "ſ",
        "ı",
    ),
    *("'s", "'S", "'m", "'d", "'ll", "'LL", "'re", "'ve", "n't", "N'T", "n’t", "''", "``", "'t", "'tis"),
    *("'Twas", "cannot", "D'ye", "gimme", "gonna", "gotta", "Lemme", "more'n", "wanna", "is", "was", "tis"),
]
PIECES = [*WORDS, *MARKS, *"()[]{}<>", *QUOTES, *BLANKS, *[" "] * 12]
TEXT = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
ANY = TEXT | st.text(
    st.characters(exclude_categories=["Cs", "Cn"])
)  # which new digits exist, versions differ

NLTK = TreebankWordTokenizer()


def all_at_once(sentence: str) -> list[str]:
    """The tokens of a sentence that NLTK cuts as a whole, with the quotes of the sentence."""
    straight = penn.straightened(sentence)
    stopped = penn.with_stops_apart(sentence)
    return list(penn._as_written(NLTK.tokenize(penn.straightened(stopped)), sentence, straight, {}))


@given(ANY)
@example('He said "Stop." Then he left.')
@example("``Don't,'' they'd say, 'tis `this'.")
@example("a.\x1c")
@example("gonna. 'tis'twas, wanna")
@example("1,,a :: x's' n't'")
def test_text_is_cut_as_by_nltk(sentence: str) -> None:
    assert list(cut(sentence)) == NLTK.tokenize(sentence)


@given(ANY)
@example('"a" "b\t"c" \t"d" (" \'\'e\'\' "')
@example("dogs' dogs'\tdogs'")
@example("It rains. It pours. \n")
@example('"“a.” ‘b.’ c')
def test_a_sentence_is_cut_piece_by_piece_as_at_once(sentence: str) -> None:
    assume(not WHOLE.search(sentence) and not WITHOUT_BLANKS.search(sentence))
    expected = all_at_once(sentence)
    assert tokenize(sentence) == expected
    assert tokenize(sentence) == expected  # which is kept from the first time
    if penn.straightened(sentence) == sentence:
        assert expected == NLTK.tokenize(sentence)


@pytest.mark.parametrize("corpus", ["treebank", "brown"])
def test_a_corpus_is_cut_as_by_nltk(corpus: str) -> None:
    try:
        sentences = load_text(corpus)[:5000]
    except DataError as error:
        pytest.skip(str(error))
    for words in sentences:
        text = " ".join(words).replace("`` ", '"').replace(" ''", '"')
        for mark in (*",.;:?!)", "n't", "'"):
            text = text.replace(f" {mark}", mark)
        assert tokenize(text) == NLTK.tokenize(text)


@pytest.mark.parametrize("sentence", ["a", "a b", "a b c.\n"])
def test_tokens_may_be_changed(sentence: str) -> None:
    tokens = tokenize(sentence)
    tokens.append("more")
    assert tokenize(sentence) == tokens[:-1]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_MOST", 3)
    text = " ".join(f"w{number}," for number in range(20)) + " " + "x" * 1000
    tokenizer = PieceTokenizer(penn.cut)
    for _ in range(2):
        assert tokenizer(f"{text} .") == NLTK.tokenize(f"{text} .")
    assert 0 < len(tokenizer._inner) <= 3
    assert "x" * 1000 not in tokenizer._inner


def test_nltk_is_not_imported() -> None:
    program = "import sys, postagger.text; postagger.text.tokenize('It rains.'); print('nltk' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


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
