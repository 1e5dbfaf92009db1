"""Text that is tagged as it arrives has the sentences and tokens that `segment` gives for all of it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postagger.corpora import TaggedSentence
from postagger.text import Output, PredictedSentence, Rules, SentenceMode, segment, tag_text
from postagger.text.lines import Lines
from postagger.text.predicted import Predicted
from postagger.text.tokenize import tokenizer

PIECES = [
    *("The dog barks.", 'He said "No."', "exam-", "ple of hy-", "phen", "Dr.", "Smith left at 5 p.m."),
    *("Anna", "etc.", "(Yes.)", "What?!", "...", "\u2026", "don't", "\U0001f600", ":)", "no stop", "3."),
    *("U.S.", "\u4f60\u597d\u3002", "It", "\u201cStop.\u201d", "http://x.org/a", "--", "'tis"),
]
BLANKS = [
    *(
        " ",
        "  ",
        "\t",
        "\n",
        " \n",
        "\n ",
        "\r\n",
        "\r",
        "\n\n",
        "\n \t\n",
        "\r\n\r\n",
        "\n\u00a0\n",
        "\n\n\n",
    ),
    *("\x0b", "\x0c", "\n\x0c\n", "\x85", "\u2028", "\n\u3000\n"),
]
TEXT = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(BLANKS)).map("".join), max_size=9).map(
    "".join
)


def lines(text: str) -> Iterable[str]:
    """The lines of a text, as the command line reads them."""
    return Lines(io.BufferedReader(io.BytesIO(text.encode())), "text")


def tagged(sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
    return ([(word, "X") for word in words] for words in sentences)


def predicted(sentences: Iterable[list[str]]) -> Iterator[PredictedSentence]:
    return ([(word, {"xpos": Predicted("X")}) for word in words] for words in sentences)


@given(
    TEXT | TEXT.map(str.rstrip),  # the last paragraph may have no line feed
    st.sampled_from(get_args(Rules)),
    st.sampled_from(get_args(SentenceMode)),
)
@example("It rains.\r\nIt\r\npours. So\r\n \t\r\nhy-\r\nphen", "ud", "paragraph")
@example("don't\x0b\nknow", "ptb", "paragraph")
def test_a_text_line_by_line_as_at_once(text: str, rules: Rules, mode: SentenceMode) -> None:
    expected = [sentence.words for sentence in segment(text, tokens=rules, sentences=mode)]
    cut = tokenizer(rules)
    plain = tag_text(lines(text), tagged, form="raw", source="-", tokens=cut, sentences=mode)
    found = [[pair[:-2] for pair in line.rstrip("\n").split(" ")] for line in plain]
    assert [words for words in found if words != [""]] == expected
    output = Output("json", {"xpos": "xpos"})
    located = tag_text(
        lines(text), predicted, form="raw", source="-", tokens=cut, sentences=mode, output=output
    )
    objects = list(map(json.loads, located))
    assert [each["tokens"][start:end] for each in objects for start, end in each["sentences"]] == expected
    for each in objects:
        for token, (start, end) in zip(each["tokens"], each["offsets"], strict=True):
            assert each["text"][start:end] in (token, '"')


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_wrapped_lines(end: str) -> None:
    """Hyphens at the end of a line stay: whether they belong to the word, only a dictionary would tell."""
    text = f"He is well-{end}known, isn't{end}he? So{end}  they say{end} {end}{end}Mr.{end}Smith"
    found = segment(text, tokens="ud", sentences="paragraph")
    assert [" ".join(sentence.words) for sentence in found] == [
        "He is well - known , is n't he ?",
        "So they say",
        "Mr. Smith",
    ]
    assert [text[each.start : each.end] for each in found] == [each.text for each in found]
    written = tag_text(
        lines(text), tagged, form="raw", source="-", tokens=tokenizer("ud"), sentences="paragraph"
    )
    assert "".join(written).replace("/X", "") == (
        "He is well - known , is n't he ?\nSo they say\n\n\nMr. Smith\n"
    )
