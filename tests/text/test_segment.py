from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.tokenize import TreebankWordTokenizer, wordpunct_tokenize

from postagger.errors import ConfigError, DataError
from postagger.text import Rules, SentenceMode, segment
from postagger.text.segment import split_places, split_words
from postagger.text.universal import surface_tokens

RULES: list[Rules] = ["ptb", "ud", "unicode"]
MODES: list[SentenceMode] = ["line", "split", "paragraph"]
PIECES = [
    *(
        "do",
        "n't",
        "can\u2019t",
        "cannot",
        "5",
        "p.m.",
        "U.S.",
        "a@b.co",
        "#tag",
        "@me",
        "www.a.org/b?c",
        "e-mail",
    ),
    *(
        "\U0001f600",
        "\U0001f44d\U0001f3fd",
        "\u200d",
        "\ufe0f",
        "\u6211\u559c",
        "\u0e2a\u0e27\u0e31",
        "\u0301",
    ),
    *(
        ".",
        "...",
        "!",
        "?",
        ",",
        ";",
        "--",
        "-",
        "/",
        "``",
        "''",
        '"',
        "'",
        "\u201c",
        "\u2019",
        "\u2018\u2018",
    ),
    *("\n", "\n\n", "\r\n", "\r", "\t", "\x1f", "\x85", "\u00a0", "\u2028", *[" "] * 10),
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=20).map("".join) | st.text()


@given(TEXT, st.sampled_from(RULES), st.sampled_from(MODES))
def test_the_text_can_be_rebuilt(text: str, rules: Rules, mode: SentenceMode) -> None:
    sentences = segment(text, tokens=rules, sentences=mode)
    tokens = [token for sentence in sentences for token in sentence]
    blank = text[: tokens[0].start] if tokens else text
    assert blank.strip() == ""
    assert blank + "".join(token.text + token.space_after for token in tokens) == text
    end = 0
    for token in tokens:
        assert end <= token.start < token.end
        assert token.text == text[token.start : token.end] == token.text.strip()
        assert token.word == token.text or token.word in ("``", "''")
        assert (token.tag, token.tags, token.probabilities) == (None, None, None)
        end = token.end
    for sentence in sentences:
        assert sentence.text == text[sentence.start : sentence.end]
        assert len(sentence) > 0


@pytest.mark.parametrize(
    ("text", "ptb", "ud"),
    [
        ("I don\u2019t know.", "I do n\u2019t know .", None),
        ("She cannot, can't!", "She can not , ca n't !", None),
        ("We're gonna wanna go", "We 're gon na wan na go", None),
        ("a well-known co-worker", "a well-known co-worker", "a well - known co-worker"),
        ("and/or", "and/or", "and / or"),
        ('He said "no".', "He said `` no '' .", 'He said " no " .'),
        ("\u201cNo,\u201d he said.", "\u201c No , \u201d he said .", None),
        ("It's 5:30pm, 10,000.50 or $5.", "It 's 5:30pm , 10,000.50 or $ 5 .", "It 's 5:30 pm , 10,000.50 or $ 5 ."),  # noqa: E501
        ("in the '90s at 7 p.m. now", "in the '90s at 7 p.m. now", None),
        ("Mr. Smith, Inc. and J. Doe", "Mr. Smith , Inc. and J. Doe", None),
        ("a Ph.D. and an M.Sc. here", "a Ph.D. and an M.Sc. here", None),
        ("use Node.js v2.0.1 here", "use Node.js v2.0.1 here", None),
        ("the U.S. Army etc.", "the U.S. Army etc .", None),
        ("(see https://x.org/a?b=1,2#c).", "( see https://x.org/a?b=1,2#c ) .", None),
        ("www.a.com/b, b.org and c.net!", "www.a.com/b , b.org and c.net !", None),
        ("Ask first.last+x@mail.a-b.co.uk.", "Ask first.last+x@mail.a-b.co.uk .", None),
        ("@you, #NLProc #1!", "@you , #NLProc # 1 !", None),
        ("now\U0001f600\U0001f600, ok", "now \U0001f600 \U0001f600 , ok", None),
        ("\U0001f44d\U0001f3fd\u2764\ufe0f\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd \u2764\ufe0f \U0001f1e9\U0001f1ea", None),  # noqa: E501
        ('"\U0001f469\u200d\U0001f680" he', "`` \U0001f469\u200d\U0001f680 '' he", '" \U0001f469\u200d\U0001f680 " he'),  # noqa: E501
        ("open my_file.tar.gz.", "open my_file.tar.gz .", None),
        ("Wait... what?! AT&T 50%", "Wait ... what ? ! AT & T 50 %", "Wait ... what ?! AT&T 50 %"),
        ("call 555-123-4567 on 11/28/2000", "call 555-123-4567 on 11/28/2000", None),
        ("cafe\u0301s zero\u200bwidth basic\u00adally", "cafe\u0301s zero\u200bwidth basic\u00adally", None),
        ("na\u00efve \u0434\u043e\u043c, don\u02bct", "na\u00efve \u0434\u043e\u043c , do n\u02bct", None),
    ],
)  # fmt: skip
def test_english_by_two_sets_of_rules(text: str, ptb: str, ud: str | None) -> None:
    """The words that a tagger reads."""
    for rules, expected in {"ptb": ptb, "ud": ud or ptb}.items():
        (sentence,) = segment(text, tokens=rules, sentences="line")  # type: ignore[arg-type]
        assert sentence.words == expected.split(" ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I'd've, you'd\u2019ve, who'd've", "I 'd 've , you 'd \u2019ve , who 'd 've"),
        ("shouldn't've couldn\u2019t\u2019ve", "should n't 've could n\u2019t \u2019ve"),
        ("y'all'd've they'll've gonna've", "y'all 'd 've they 'll 've gon na 've"),
        ("o'clock ma'am rock'n'roll isn't", "o'clock ma'am rock'n'roll is n't"),
        ("9/11, 9/11's 5/18 (12/28) 3/03", "9/11 , 9/11 's 5/18 ( 12/28 ) 3/03"),
        ("1/2 3/4 2/3 5/10 24/7 20/20 $1/2", "1 / 2 3 / 4 2 / 3 5 / 10 24 / 7 20 / 20 $ 1 / 2"),
        ("2024-01-02 3/4/2021 2024/1/2 01-02-2024", "2024-01-02 3/4/2021 2024/1/2 01-02-2024"),
        ("2024-01-02T10:11:12Z, 2024-01-02T10:11+01:00", "2024-01-02T10:11:12Z , 2024-01-02T10:11+01:00"),
        ("1998-2003 10-12 2001/02 1774/76", "1998 - 2003 10 - 12 2001 / 02 1774 / 76"),
        ("and/or he/she/they km/h A/B b/c n/a w/o", "and / or he / she / they km / h A / B b/c n/a w/o"),
        ("He lives here (U.S.)", "He lives here ( U.S. )"),
        ('He lives "in the U.S."', 'He lives " in the U.S. "'),
        ('"etc."', '" etc. "'),
        ("(pens, etc.) \u201cAcme Inc.\u201d", "( pens , etc. ) \u201c Acme Inc. \u201d"),
        ("(at 5 p.m.)", "( at 5 p.m. )"),
        ("[from Acme Co.]", "[ from Acme Co. ]"),
        ('"I ran."', '" I ran . "'),
        ('"In the sun."', '" In the sun . "'),
        ("(Laughter.)", "( Laughter . )"),
        ("'No.'", "' No . '"),
        ("We left at 5 p.m.", "We left at 5 p.m ."),
    ],
)
def test_english_by_the_rules_of_universal_dependencies(text: str, expected: str) -> None:
    (sentence,) = segment(text, tokens="ud", sentences="line")
    assert sentence.words == expected.split(" ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u6211\u559c\u6b22\u732b\u3002", "\u6211 \u559c \u6b22 \u732b \u3002"),
        ("\u30ab\u30bf\u30ab\u30ca\u3068", "\u30ab\u30bf\u30ab\u30ca \u3068"),
        ("l\u2019homme, peut-\u00eatre\u00a0?", "l\u2019homme , peut-\u00eatre ?"),
        ("Er sagte: \u201eNein\u201c ... 3,14 \u20ac", "Er sagte : \u201e Nein \u201c ... 3,14 \u20ac"),
        ("\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!", "\u041f\u0440\u0438\u0432\u0435\u0442 , \u043c\u0438\u0440 !"),  # noqa: E501
        ("\u0939\u093f\u0928\u094d\u0926\u0940 \u092e\u0947\u0902\u0964", "\u0939\u093f\u0928\u094d\u0926\u0940 \u092e\u0947\u0902 \u0964"),  # noqa: E501
        ("don't me@a.org \U0001f600", "don't me@a.org \U0001f600"),
    ],
)  # fmt: skip
def test_other_languages_by_unicodes_rules(text: str, expected: str) -> None:
    (sentence,) = segment(text, tokens="unicode", sentences="line")
    assert sentence.words == expected.split(" ")


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize(
    "text", ["\u6211\u559c\u6b22\u732b", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u732b\u304c\u3044\u308b"]
)
def test_what_has_no_blanks_between_words_is_not_one_token(rules: Rules, text: str) -> None:
    assert len(segment(text, tokens=rules)[0]) > 2


def test_contractions_are_one_surface_token() -> None:
    assert surface_tokens("Don't! I cannot.") == ["Don't", "!", "I", "cannot", "."]


def test_the_case_of_curly_quotes() -> None:
    text = "I don\u2019t know, and they\u2019re not here.\nIt wasn\u2019t.\nHe said \u201cStop.\u201d Then he left.\n"  # noqa: E501
    found = [" ".join(sentence.words) for sentence in segment(text)]
    assert found == [
        "I do n\u2019t know , and they \u2019re not here .",
        "It was n\u2019t .",
        "He said \u201c Stop . \u201d",
        "Then he left .",
    ]


def test_modes() -> None:
    text = "It rains. So\nit pours.\n \nYes\r\nno"

    def texts(mode: SentenceMode) -> list[str]:
        return [sentence.text for sentence in segment(text, sentences=mode)]

    assert texts("line") == ["It rains. So", "it pours.", "Yes", "no"]
    assert texts("split") == ["It rains.", "So", "it pours.", "Yes", "no"]
    assert texts("paragraph") == ["It rains.", "So\nit pours.", "Yes\r\nno"]


def test_the_end_of_a_line_ends_a_word() -> None:
    (sentence,) = segment("They don't\nknow it's\rhere", sentences="paragraph")
    assert sentence.words == ["They", "do", "n't", "know", "it", "'s", "here"]


@pytest.mark.parametrize("blank", ["\t", "\u00a0", "\u2009", "\x0b", "\x0c", "\u2028", "  "])
@pytest.mark.parametrize("rules", RULES)
def test_any_blank_ends_a_word(blank: str, rules: Rules) -> None:
    text = f"They don't{blank}know it's{blank}here."
    expected = segment(" ".join(text.split()), tokens=rules)[0].words
    (sentence,) = segment(text, tokens=rules)
    assert sentence.words == expected
    assert sentence.text == text


# -- functions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [str.split, wordpunct_tokenize, TreebankWordTokenizer().tokenize, lambda text: iter(text.split())],
)
def test_functions_replace_the_rules(function: Callable[[str], Iterable[str]]) -> None:
    text = "He said \"no\" . ''So'' be it ; ok"
    sentences = segment(text, tokens=function, sentences=lambda text: re.findall("[^;]+;?", text))
    assert "".join(token.text + token.space_after for sentence in sentences for token in sentence) == text
    assert len(sentences) == 2


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (str.upper, "the tokeniser gave 'A B.': expected a list of strings"),
        (lambda _: ["a", "c"], "the tokeniser gave 'c' where the text has 'b.'"),
        (lambda _: ["a", 1], "the tokeniser gave 1 among its parts: expected strings"),
        (lambda _: ["a"], "the tokeniser or sentence splitter left out 'b.'"),
        (lambda _: None, "the tokeniser gave None: expected a list of strings"),
    ],
)
def test_what_is_not_the_text_is_an_error(tokens: Callable[[str], list[str]], message: str) -> None:
    with pytest.raises(DataError) as caught:
        segment("a b.", tokens=tokens)
    assert str(caught.value) == message


@pytest.mark.parametrize("options", [{"tokens": "penn"}, {"sentences": "lines"}, {"tokens": None}])
def test_unknown_rules(options: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"=.*: expected '.*', or a function$"):
        segment("a", **options)  # type: ignore[arg-type]


def test_a_text_is_a_string() -> None:
    with pytest.raises(DataError, match="expected a text as one string"):
        segment(Path("a.txt"))  # type: ignore[arg-type]


def test_tokens_are_immutable_and_readable() -> None:
    (sentence,) = segment("It rains")
    with pytest.raises(AttributeError):
        sentence[0].text = "x"  # type: ignore[misc]
    assert repr(sentence) == "<Sentence 0-8: It rains>"
    assert hash(sentence) == hash(segment("It rains")[0])


@pytest.mark.parametrize("sentences", ["line", "split", "paragraph"])
@pytest.mark.parametrize("tokens", ["ptb", "ud", "unicode"])
def test_words_and_places_are_those_of_segment(tokens: Rules, sentences: SentenceMode) -> None:
    for text in (
        'He said: "Don\'t go!" She\nleft.\n\nIt\u2019s 5 p.m. 😀 ',
        "",
        " \n",
        "a\r\nb",
        "“Stop.” No.",
    ):
        found = segment(text, tokens=tokens, sentences=sentences)
        assert split_words(text, tokens=tokens, sentences=sentences) == [each.words for each in found]
        words, places = split_places(text, tokens=tokens, sentences=sentences)
        assert words == [each.words for each in found]
        assert places == [(token.start, token.end) for each in found for token in each]


def test_words_by_functions() -> None:
    text = "One two. Three."
    assert split_words(text, tokens=str.split, sentences="line") == [["One", "two.", "Three."]]
    assert split_words(text, sentences=lambda whole: [whole[:8], " ", whole[9:]]) == [
        *(["One", "two", "."], ["Three", "."]),
    ]
    with pytest.raises(DataError, match="the tokeniser gave 3 among its parts"):
        split_words(text, tokens=lambda _: ["a", 3])  # type: ignore[list-item]
