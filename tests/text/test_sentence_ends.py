from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postagger.text.sentences import in_paragraphs, split_sentences

PIECES = [
    *("He", "left", "the", "Mr", "etc", "p.m", "U.S", "5", "12", "No", "I", "J", "http://a.b/?c"),
    *(".", ".", "...", "\u2026", "!", "?", "?!", ":)", "<3", '"', "\u201d", ")", "(", "\u3002", "\uff1f"),
    *("\U0001f600", "\u2764\ufe0f", "\U0001f449"),
    *[" "] * 12,
    *"\t\u00a0",
]
LINE = st.lists(st.sampled_from(PIECES), max_size=15).map("".join)


@pytest.mark.parametrize(
    "text",
    [
        "It rains.| It pours!| Does it?| Yes...| No",
        "It rains.| it pours!| does it?| yes... no",
        "She can\u2019t can the can.| It\u2019s 5 p.m. now \U0001f600",
        "Mr. Smith met Dr. Who, Gen. Lee and J. R. R. Tolkien.| They left.",
        "At 5 p.m. Anna left.| At 6 p.m.| She came.| In the U.S. Army?| In the U.S.| It ended.",
        "Apples, pears, etc. were sold, i.e. The Beatles vs. The Stones.",
        "It cost $3.50 or 3.5 million.| See Fig. 3 and No. 7.| No.| I did.",
        "So did I.| Then he sat.| Mary came.| On Sat. Mary left.",
        "1. First we go.| 2. Then we stop.| We were 12.| They were 13.",
        'He said "Stop."| Then he left.| "Really?" she asked.',
        "He said \u201cStop.\u201d| Then he left.| \u201cReally?\u201d she asked.| (To us.)| So.",
        "\u2018Go!\u2019 he said.| \u2018No.\u2019| \u00abNon.\u00bb| Il part.",
        "Well... I mean... yes.| Wait...| The end.| Wait\u2026 what?",
        "Great!!!| Thanks :)| See you.| Ha ;-) ha.| I love it <3| You too",
        "Go to http://x.org/a?b=1.| It is there.",
        "Ask me@x.com.| http://x.org is down.| Version 2.0.1 is out.| file.txt too.",
        "The end . . . is near.| Ok",
        "\u6211\u559c\u6b22\u732b\u3002|\u4f60\u5462\uff1f|\u597d",
        "\u00c7a va ?| Oui !| \u0643\u064a\u0641 \u062d\u0627\u0644\u0643\u061f| \u0647\u0644\u0627",
        "Thanks! <3",
        "It rains. \U0001f600",
        "It rains. \U0001f600| Then it stops!\U0001f600\U0001f600| Ok",
        "Great. \U0001f44d\U0001f3fd| So. \u2764\ufe0f :)| Ok",
        "Go. \U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7| Really? \U0001f469\u200d\U0001f680\U0001f914| No",
        "It rains.| \U0001f600x.| It rains. \U0001f600 \U0001f600| Stop",
        "I \u2764\ufe0f Paris \U0001f600 and more",
        "Look.| \U0001f449 Here.| \u2705 Done.| \u27a1\ufe0f Next",
        'The "mob."| He left the mob.| They came.',
        "no end",
    ],
)
def test_where_sentences_end(text: str) -> None:
    expected = [sentence.strip() for sentence in text.split("|")]
    assert split_sentences(text.replace("|", "")) == expected


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u3000"])
def test_blank_text_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


@given(LINE | st.text())
def test_nothing_but_blanks_is_lost_between_sentences(text: str) -> None:
    sentences = split_sentences(text)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() != "" for sentence in sentences)


@given(st.lists(LINE, max_size=6))
def test_paragraphs_are_split_line_by_line_as_at_once(lines: list[str]) -> None:
    paragraphs = "\n".join(line.strip() for line in lines).split("\n\n")
    expected = [each for part in paragraphs for each in split_sentences(part.replace("\n", " "))]
    found = [" ".join(sentence.split()) for sentence in in_paragraphs(lines) if sentence]
    assert found == [" ".join(sentence.split()) for sentence in expected]


def test_a_sentence_is_yielded_once_the_next_has_begun() -> None:
    seen: list[str] = []

    def lines() -> list[str]:
        return ["It rains. It", "pours.", "So it does", "", "Yes."]

    noted = (seen.append(line) or line for line in lines())  # type: ignore[func-returns-value]
    found = [(sentence, len(seen)) for sentence in in_paragraphs(noted)]
    assert found == [("It rains.", 1), ("It pours.", 3), ("So it does", 4), ("", 4), ("Yes.", 5)]


def test_a_text_without_ends_is_cut_at_ends_of_lines() -> None:
    found = list(in_paragraphs(["word " * 50] * 1000))
    assert 1 < len(found) < 50
    assert sum(len(sentence.split()) for sentence in found) == 50_000


@pytest.mark.parametrize(
    "piece",
    ["Mr. ", "a.b. ", "!", ".", "! ", ". ", "\u3002", ":)", ": ", '."', "<3", ".\u201d ", "a.", "1. "],
)
def test_the_time_grows_with_the_length_of_the_text(piece: str) -> None:
    """A quadratic time would be many minutes here."""
    split_sentences(piece * 100_000)
