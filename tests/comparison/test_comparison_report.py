from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
from pathlib import Path

import pytest
from fake_results import FIVE, LADDER, TWO, ready_pictures, ready_results
from parsed_page import Page, check_structure

from postagger import DataError, PostaggerError
from postagger.comparison.breakdown_tables import (
    calibration_table,
    confusion_tables,
    frequency_table,
    length_table,
    tag_table,
)
from postagger.comparison.pages import check_packages
from postagger.comparison.pictures import as_svg, draw
from postagger.comparison.report import as_html, as_markdown, as_table, write_report
from postagger.comparison.results import Disagreement, Results
from postagger.comparison.tables import (
    Cell,
    headline,
    mean_and_deviation,
    most_accurate_first,
    p_value,
    pair_rows,
    signed_range,
    system_rows,
)


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(as_html(ready_results(*TWO), ready_pictures(*TWO)))


@pytest.mark.parametrize("names", [TWO, FIVE, LADDER])
def test_the_page_is_self_contained_and_well_built(names: tuple[str, ...]) -> None:
    text = as_html(ready_results(*names), ready_pictures(*names))
    found = Page(text)
    check_structure(text, found)
    assert found.ids.count("scores") == 1


def test_every_picture_is_on_the_page_in_two_widths_with_title_and_caption(page: Page) -> None:
    assert page.tags.count("figure") == len(ready_pictures(*TWO))
    assert page.tags.count("svg") == 2 * len(ready_pictures(*TWO))
    for name in ready_pictures(*TWO):
        assert {f"{name}-title", f"{name}-caption"} <= set(page.ids)


@pytest.mark.parametrize("names", [TWO, FIVE, LADDER])
def test_every_number_of_the_tables_is_on_the_page(names: tuple[str, ...]) -> None:
    results = ready_results(*names)
    words = set(Page(as_html(results, ready_pictures(*names))).words)
    for row in (*system_rows(results), *pair_rows(results)):
        assert set(row) <= words
    assert {pair.sentence for pair in headline(results)} <= words
    for table in (tag_table(results), frequency_table(results), length_table(results)):
        assert all(set(row) - {""} <= words for row in table.texts)


@pytest.mark.parametrize("names", [TWO, LADDER])
def test_what_was_tested_is_said_once(names: tuple[str, ...]) -> None:
    results = ready_results(*names)
    made = "Made on 1 May 2026 with postagger 1: postagger compare a b"
    texts = [
        as_html(results, ready_pictures(*names), made=made),
        as_markdown(results, {}, ready_pictures(*names), made=made),
    ]
    for text in texts:
        assert text.count(results.origin.line) == 1
        assert text.count("postagger compare a b") == 1


def test_every_system_has_its_confusions_with_counts(page: Page) -> None:
    results = ready_results(*TWO)
    *each, difference = confusion_tables(results)
    assert [table.caption for table in each] == [f"Errors of {s.name}" for s in most_accurate_first(results)]
    for table, system in zip(each, most_accurate_first(results), strict=True):
        most = system.confusions[0]
        row = next(row for row in table.rows if row[0] == most.gold)
        assert row[table.columns.index(most.prediction)] == Cell(f"{most.tokens:.1f}", 1.0)
        shades = [cell.shade for row in table.rows for cell in row[1:] if isinstance(cell, Cell)]
        assert min(shades) == 0
        assert max(shades) == 1
    best, other = most_accurate_first(results)
    assert difference.caption == f"Errors of {other.name} minus those of {best.name}"
    assert all(table.caption in page.words for table in (*each, difference))


def test_the_confidence_of_each_system_is_told() -> None:
    results = ready_results(*LADDER)
    found = calibration_table(results)
    assert found is not None
    assert [row[0] for row in found.rows] == [
        system.name for system in most_accurate_first(results) if system.confidence is not None
    ]
    text = as_html(results, ready_pictures(*LADDER))
    assert "Without probabilities: crfsuite, perceptron, tnt, hmm, most_frequent." in text
    none = tuple(dataclasses.replace(system, confidence=None) for system in results.systems)
    without = dataclasses.replace(results, systems=none)
    assert calibration_table(without) is None
    page = Page(as_html(without, ready_pictures(*TWO)))
    assert any("No system of this report gives probabilities" in words for words in page.words)


def test_a_sentence_and_its_interval_do_not_contradict_each_other() -> None:
    """More than chance exactly if the interval does not contain 0, as it is written."""
    for names in (TWO, FIVE, LADDER):
        for pair in ready_results(*names).pairs:
            found = re.search(
                r"interval ([+\N{MINUS SIGN}]?)([\d.]+) to ([+\N{MINUS SIGN}]?)([\d.]+) points", pair.sentence
            )
            assert found is not None
            excludes = found[1] == found[3] and float(found[2]) > 0 and float(found[4]) > 0
            assert ("more than chance" in pair.sentence) == excludes == pair.beyond_chance
            assert ("chance alone could explain" in pair.sentence) != excludes


@pytest.mark.parametrize(
    ("p", "text"),
    [(0.0004, "< 0.001"), (0.0496, "0.0496"), (0.04999, "0.0499"), (0.05, "0.050"), (1, "1.000")],
)
def test_p_below_a_twentieth_is_not_rounded_up_to_it(p: float, text: str) -> None:
    assert p_value(p) == text


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        ((-0.001, 0.0025), "\N{MINUS SIGN}0.10 to +0.25"),
        ((0.00001, 0.01), "+0.001 to +1.00"),
        ((0.0, 0.01), "0.00 to +1.00"),
    ],
)
def test_an_end_of_an_interval_is_0_only_if_it_is(interval: tuple[float, float], text: str) -> None:
    assert signed_range(interval) == text


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
    blocks = [
        [line.strip("| ").split(" | ") for line in block.splitlines()]
        for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    ]
    assert all(len({len(line) for line in block}) == 1 for block in blocks)
    assert blocks[0][2:] == [row[:8] for row in system_rows(results)]
    assert blocks[1][2:] == pair_rows(results)
    assert text.count("![") == len(ready_pictures(*names))


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


@pytest.mark.parametrize("package", ["scipy", "matplotlib", "jinja2", "adjustText"])
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
    assert "with a single seed" in as_markdown(single)
