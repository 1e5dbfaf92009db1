from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fake_results import FIVE, LADDER, TWO, ready_pictures, ready_results

from postagger import DataError, PostaggerError
from postagger.comparison.pictures import as_svg, draw
from postagger.comparison.report import as_html, as_markdown, as_table, check_packages, write_report
from postagger.comparison.results import Disagreement, Results
from postagger.comparison.tables import (
    headline,
    mean_and_deviation,
    most_accurate_first,
    pair_rows,
    system_rows,
)

_VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """The contents of a page; a misplaced end tag is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("src", "href", "xlink:href") and value:
                self.addresses.append(value)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(as_html(ready_results(*TWO), ready_pictures(*TWO)))


def test_the_page_is_self_contained(page: Page) -> None:
    assert not {"script", "link", "iframe", "img"} & set(page.tags)
    assert all(address.startswith("#") for address in page.addresses)
    assert len(page.ids) == len(set(page.ids))


def test_every_picture_is_on_the_page_with_title_and_caption(page: Page) -> None:
    assert page.tags.count("figure") == len(ready_pictures(*TWO))
    for name in ready_pictures(*TWO):
        assert {f"{name}-title", f"{name}-caption"} <= set(page.ids)


@pytest.mark.parametrize("names", [TWO, FIVE, LADDER])
def test_every_number_of_the_tables_is_on_the_page(names: tuple[str, ...]) -> None:
    results = ready_results(*names)
    words = set(Page(as_html(results, ready_pictures(*names))).words)
    for row in (*system_rows(results), *pair_rows(results)):
        assert set(row) <= words
    assert {pair.sentence for pair in headline(results)} <= words
    assert results.origin.line in words


def test_tokens_that_look_like_html_are_shown_as_they_are() -> None:
    odd = Disagreement("<b>doc", "if a <", "&amp;", "b > c <script>alert(1)</script>", "SYM", "NN", "SYM")
    results = ready_results(*TWO)
    pair = dataclasses.replace(results.pairs[0], disagreements=(odd,))
    odd_results = dataclasses.replace(results, pairs=(pair,), failures=("x <y> failed & went",))
    assert "<y>" not in as_markdown(odd_results)
    page = Page(as_html(odd_results, ready_pictures(*TWO)))
    assert "script" not in page.tags
    text = "".join(page.words)
    for part in ("<b>doc", "if a <", "&amp;", "<script>alert(1)</script>", "x <y> failed & went"):
        assert part in text


def test_names_stay_text_in_every_form_of_the_report() -> None:
    odd = "<img src=x onerror=alert(1)> ![a](http://b) [c](d) `e` | f\\[g](h)\n# i \x1b[2J"
    results = ready_results(*TWO)
    origin = dataclasses.replace(results.origin, corpus=odd)
    first = dataclasses.replace(results.systems[0], name=odd, description=odd)
    pair = dataclasses.replace(results.pairs[0], sentence=odd, first=odd)
    results = dataclasses.replace(
        results, origin=origin, systems=(first, *results.systems[1:]), pairs=(pair,), failures=(odd,)
    )
    pictures = draw(results)
    text = as_markdown(results, {name: f"pictures/{name}.svg" for name in pictures}, pictures)
    prose = re.sub(r"(?m)^!\[.*\]\(pictures/\w+\.svg\)$|^- `[^`]*`", "", text)
    assert "\x1b" not in text
    assert "<img" not in prose
    assert "\n# i" not in text
    assert not re.search(r"(?<!\\)(\\\\)*\[[ac g]+(?<!\\)(\\\\)*\]", prose)
    page = Page(as_html(results, pictures))
    assert "img" not in page.tags
    assert "script" not in page.tags


@pytest.mark.parametrize("names", [TWO, LADDER])
def test_markdown_tables_have_even_rows_and_the_tables_figures(names: tuple[str, ...]) -> None:
    results = ready_results(*names)
    pictures = ready_pictures(*names)
    text = as_markdown(results, {name: f"pictures/{name}.svg" for name in pictures}, pictures)
    blocks = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert len(blocks) == 2
    for block, rows in zip(blocks, (system_rows(results), pair_rows(results)), strict=True):
        lines = [line.strip("| ").split(" | ") for line in block.splitlines()]
        assert {len(line) for line in lines} == {len(rows[0])}
        assert lines[2:] == rows
    assert text.count("![") == len(ready_pictures(*names))
    assert text.count(results.origin.line) == 2


def test_markdown_without_pictures_links_to_none() -> None:
    assert "![" not in as_markdown(ready_results(*TWO))


def test_the_terminal_s_table_has_every_system_best_first() -> None:
    results = ready_results(*LADDER)
    lines = as_table(results).splitlines()
    assert [line.split()[0] for line in lines[1 : 1 + len(LADDER)]] == [
        s.name for s in most_accurate_first(results)
    ]
    assert max(map(len, lines)) <= 110
    best = most_accurate_first(results)[0]
    assert f"{mean_and_deviation(best.accuracy)}" in lines[1]


def test_means_and_deviations_are_those_of_the_seeds() -> None:
    system = ready_results(*TWO).systems[0]
    mean = 100 * sum(system.accuracy.values) / 5
    deviation = (sum((100 * value - mean) ** 2 for value in system.accuracy.values) / 4) ** 0.5
    assert mean_and_deviation(system.accuracy) == f"{mean:.2f} ± {deviation:.2f}"
    assert mean_and_deviation(None) == "-"


def test_the_headline_is_the_best_against_each_other_one() -> None:
    results = ready_results(*LADDER)
    best = most_accurate_first(results)[0].name
    pairs = headline(results)
    assert {pair.second if pair.first == best else pair.first for pair in pairs} == set(LADDER) - {best}
    assert [pair.difference for pair in pairs] == sorted(pair.difference for pair in pairs)


def test_a_report_is_written_completely_and_its_links_exist(tmp_path: Path) -> None:
    results = ready_results(*TWO)
    files = write_report(results, tmp_path / "report")
    assert [file.name for file in files] == ["report.html", "report.md", "results.json"]
    assert all(file.is_file() for file in files)
    links = re.findall(r"!\[[^]]*\]\(([^)]+)\)", files[1].read_text("utf-8"))
    assert links
    for link in links:
        assert (files[1].parent / link).read_text("utf-8").startswith("<svg")
    assert json.loads(files[2].read_text("utf-8")) == json.loads(json.dumps(results.as_json()))


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot write the report"):
        write_report(ready_results(*TWO), tmp_path / "file")


@pytest.mark.parametrize("package", ["scipy", "matplotlib", "jinja2"])
def test_a_missing_package_is_named_with_the_command_to_install_it(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else find(name))
    with pytest.raises(PostaggerError, match=rf"needs {package}: pip install 'postagkit\[compare\]'"):
        check_packages()


def test_an_svg_s_ids_are_its_own() -> None:
    (name, picture), *_ = ready_pictures(*TWO).items()
    svg = as_svg(picture, name)
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert ids
    assert all(each.startswith(f"{name}-") for each in ids)
    assert all(
        f'id="{each}"' in svg for each in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)[0] if each
    )


def test_a_report_of_one_seed_says_so() -> None:
    results: Results = ready_results(*TWO)
    single = dataclasses.replace(results, origin=dataclasses.replace(results.origin, seeds=1))
    assert "of a single seed" in as_markdown(single)
