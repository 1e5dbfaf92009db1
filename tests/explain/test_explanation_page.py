"""The explanations of a sentence as a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest

from postagger.explain import Explanation, Part, Reason, explanation_page

ODD = '<b onclick="x">&'


def explained(words: Sequence[str], position: int, tag: str = "NN") -> Explanation:
    reasons = tuple(
        Reason(place, word, 0.5 - place, (Part("word", word, place > 0, 0.5 - place),), tag, 0.25)
        for place, word in enumerate(words)
    )
    padding = Reason(-1, "", 0.75, (), "VB", 0.125)
    return Explanation(tuple(words), position, tag, 0.9, "VB", 0.1, 2.2, 0.1, (padding, *reasons))


def sentence(words: Sequence[str], tags: Sequence[str]) -> list[Explanation]:
    return [explained(words, place, tag) for place, tag in enumerate(tags)]


class Page(HTMLParser):
    """The elements of a page, and its text; checks that elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def test_words_that_differ_are_open_and_marked() -> None:
    words = ["They", "fish"]
    page = Page(
        explanation_page({"window": sentence(words, ["PRP", "NN"]), "lstm": sentence(words, ["PRP", "VB"])})
    )
    details = [attributes for tag, attributes in page.found if tag == "details"]
    assert [("open" in each, each.get("class")) for each in details] == [(False, None), (True, "differs")]
    assert page.text.count("≠") == 2, "in the text above, and at the word"
    assert "They differ in 1 of 2 words" in page.text
    assert len([tag for tag, _ in page.found if tag == "section"]) == 4


def test_one_tagger_has_nothing_to_differ_from() -> None:
    page = Page(explanation_page({"window": sentence(["They", "fish"], ["PRP", "NN"])}))
    assert "≠" not in page.text
    assert "differ" not in page.text
    assert "[before]" in page.text
    assert "word They (unknown)" in page.text, "of the first word, whose part is explained"


def test_whatever_words_tags_and_names_contain_is_text() -> None:
    page = Page(explanation_page({ODD: sentence([ODD, "</style>"], [ODD, "NN"])}))
    assert not [tag for tag, attributes in page.found if tag == "b" and attributes]
    assert page.text.count(ODD) > 5
    assert not any(value and value.startswith("http") for _, each in page.found for value in each.values())


def test_it_needs_nothing_from_elsewhere() -> None:
    page = explanation_page({"window": sentence(["a"], ["DT"])})
    assert not re.search(r"https?:|@import|url\(|<script|<link|<img", page)


@pytest.mark.parametrize(
    "found",
    [
        {"a": sentence(["x", "y"], ["A", "B"])[:1]},
        {"a": sentence(["x"], ["A"]), "b": sentence(["y"], ["A"])},
        {"a": sentence(["x"], ["A"]), "b": []},
    ],
)
def test_sentences_must_be_whole_and_the_same(found: dict[str, list[Explanation]]) -> None:
    with pytest.raises(ValueError, match="all words of one sentence"):
        explanation_page(found)
