"""The report of a comparison: an HTML page with pictures, Markdown, and a table for the terminal."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from postagger.comparison.breakdown_tables import (
    calibration_table,
    confusion_tables,
    coverage_table,
    frequency_table,
    leaning_table,
    length_table,
    pairs_right_table,
    tag_table,
)
from postagger.comparison.pages import check_packages, glossary, render
from postagger.comparison.pictures import Picture, draw
from postagger.comparison.results import Results
from postagger.comparison.style import standalone, svg_of
from postagger.comparison.tables import (
    PAIR_COLUMNS,
    SYSTEM_COLUMNS,
    Table,
    headline,
    lines_of,
    mean_and_deviation,
    most_accurate_first,
    pair_rows,
    system_rows,
)
from postagger.errors import DataError
from postagger.evaluation.challenge_report import LEGEND
from postagger.io import visible, write_whole

_FEW_PAIRS = 6
"""With more pairs than this, only the errors of pairs with the best system are shown."""

_SCORES = SYSTEM_COLUMNS.index("parameters")
"""Columns of scores, with the first one; the others are about size and speed."""

_WIDTH = 110
"""Characters in a line of the terminal."""


def write_report(results: Results, folder: Path, *, made: str = "") -> list[Path]:
    """Writes ``report.html``, ``report.md`` with its pictures, and ``results.json``.

    Args:
        made: when and how the results were made, in words.

    Raises:
        DataError: the folder can't be written.
        PostaggerError: a package is not installed.
    """
    check_packages()
    pictures = draw(results)
    links = {name: f"pictures/{name}.svg" for name in pictures}
    files = {folder / links[name]: standalone(svg_of(each.figure)) for name, each in pictures.items()}
    files |= {
        folder / "report.html": as_html(results, pictures, made=made),
        folder / "report.md": as_markdown(results, links, pictures, made=made),
        folder / "results.json": json.dumps(results.as_json(), ensure_ascii=False, indent=1),
    }
    try:
        for file, text in files.items():
            write_whole(file, text.encode(errors="replace"))
    except OSError as error:
        raise DataError(f"cannot write the report to {folder}: {error.strerror or error}") from None
    return [folder / name for name in ("report.html", "report.md", "results.json")]


def as_html(results: Results, pictures: Mapping[str, Picture] | None = None, *, made: str = "") -> str:
    """One self-contained page: no script, no other file, no network.

    Args:
        pictures: the result of `draw`; default: drawn here.
        made: when and how the results were made, in words.
    """
    pictures = draw(results) if pictures is None else pictures
    systems = most_accurate_first(results)
    return render(
        "report.html.j2",
        names=[system.name for system in results.systems],
        pictures=pictures,
        title=f"Comparison on {results.origin.corpus}",
        contents=_contents(results, pictures),
        results=results,
        made=made,
        descriptions=systems,
        headline=headline(results),
        **_tables(results),
        unsure=", ".join(system.name for system in systems if system.confidence is None),
        shown=headline(results) if len(results.pairs) > _FEW_PAIRS else results.pairs,
        glossary=_glossary(results),
    )


def _contents(results: Results, pictures: Mapping[str, Picture]) -> list[tuple[str, str]]:
    """The sections of the page: the id of each, and its title."""
    shown = {
        "failed": bool(results.failures),
        "challenge": results.challenge is not None,
        "curves": "loss" in pictures or "dev_accuracy" in pictures,
    }
    return [(name, title) for name, title in _SECTIONS.items() if shown.get(name, True)]


_SECTIONS = {
    "failed": "Failed",
    "scores": "Scores",
    "differences": "Differences",
    "words": "By word and sentence",
    "tags": "By tag",
    "confusions": "Confusions",
    "confidence": "Confidence",
    "challenge": "Challenge set",
    "curves": "Training by epoch",
    "speed": "Speed",
    "errors": "Errors side by side",
    "terms": "How to read this",
    "origin": "Origin",
}


def _tables(results: Results) -> dict[str, Any]:
    """The tables of the page, by the names that the template has for them."""
    coverages = {
        system.name: system.confidence.coverage
        for system in most_accurate_first(results)
        if system.confidence is not None
    }
    return {
        "systems": _system_table(results),
        "costs": _cost_table(results),
        "pairs": _pair_table(results),
        "frequency": frequency_table(results),
        "length": length_table(results),
        "tags": tag_table(results),
        "confusions": confusion_tables(results),
        "calibration": calibration_table(results),
        "coverage": coverage_table(coverages),
        "leaning": leaning_table(results),
        "pairs_right": pairs_right_table(results),
    }


def _system_table(results: Results) -> Table:
    rows = [row[:_SCORES] for row in system_rows(results)]
    return Table("Scores (per cent), the most accurate system first", SYSTEM_COLUMNS[:_SCORES], rows)


def _cost_table(results: Results) -> Table:
    rows = [[row[0], *row[_SCORES:]] for row in system_rows(results)]
    return Table("Size and speed", ["system", *SYSTEM_COLUMNS[_SCORES:]], rows)


def _pair_table(results: Results) -> Table:
    return Table("Differences between systems, the largest first", PAIR_COLUMNS, pair_rows(results))


def as_markdown(
    results: Results,
    links: Mapping[str, str] | None = None,
    pictures: Mapping[str, Picture] | None = None,
    *,
    made: str = "",
) -> str:
    """The report in Markdown, without confusions and the examples of errors.

    Args:
        links: the path of each picture by its name; default: no pictures.
        pictures: the result of `draw`; default: drawn here, if there are links.
        made: when and how the results were made, in words.
    """
    tables = _tables(results)
    lines = [f"# Comparison on {_cell(results.origin.corpus)}", ""]
    lines += [f"- {_cell(pair.sentence)}" for pair in headline(results)]
    lines += _part("Scores", tables["systems"])
    lines += [
        f"- {_code(system.name)}: {_cell(system.description)}" for system in most_accurate_first(results)
    ]
    if results.failures:
        lines += ["", "## Failed", "", *(f"- {_cell(failure)}" for failure in results.failures)]
    for title, name in _MARKDOWN.items():
        lines += _part(title, tables[name]) if tables[name] is not None else []
    lines += _challenge_part(results, tables)
    if links:
        pictures = draw(results) if pictures is None else pictures
        lines += ["", "## Pictures"]
        for name, picture in pictures.items():
            lines += ["", f"### {_cell(picture.title)}", ""]
            lines += [f"![{_cell(picture.title)}]({links[name]})", "", _cell(picture.caption)]
    lines += ["", "## How to read this", ""]
    lines += [f"- **{term}**: {_cell(meaning)}" for term, meaning in _glossary(results)]
    lines += ["", "## Origin", "", _cell(results.origin.line) + ".", *(["", _cell(made)] if made else [])]
    return "\n".join(lines) + "\n"


_MARKDOWN = {
    "Differences": "pairs",
    "By frequency in training": "frequency",
    "By sentence length": "length",
    "By tag": "tags",
    "Confidence": "calibration",
    "Size and speed": "costs",
}
"""Tables of the Markdown report, by their titles."""


def _challenge_part(results: Results, tables: Mapping[str, Any]) -> list[str]:
    if results.challenge is None:
        return []
    lines = ["", "## Challenge set", "", _cell(results.challenge.sentence)]
    for table in (tables["leaning"], tables["pairs_right"]):
        lines += ["", *_markdown_table(table), "", f"{table.caption}."] if table else []
    return [*lines, "", _cell(LEGEND)]


def _part(title: str, table: Table) -> list[str]:
    return ["", f"## {title}", "", *_markdown_table(table), "", f"{_cell(table.caption)}.", ""]


def as_table(results: Results) -> str:
    """For the terminal: a line for each system, and a sentence on the best one against each other one."""
    head = ("system", "test", "95 % interval", "dev", "unknown words", "sentences", "train s", "tokens/s")
    places = [SYSTEM_COLUMNS.index({"unknown words": "unknown"}.get(name, name)) for name in head]
    rows = [[row[place] for place in places] for row in system_rows(results)]
    lines = [*lines_of(head, rows), "", *textwrap.wrap(results.origin.line, _WIDTH), ""]
    for pair in headline(results):
        lines += textwrap.wrap(pair.sentence, _WIDTH, subsequent_indent="  ")
    if results.challenge is not None:
        lines += textwrap.wrap(f"Challenge set: {results.challenge.sentence}", _WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


def _markdown_table(table: Table) -> list[str]:
    rule = ["---"] + ["---:"] * (len(table.columns) - 1)
    return [f"| {' | '.join(map(_cell, row))} |" for row in (table.flat_columns, rule, *table.texts)]


def _cell(text: str) -> str:
    """Text escaped for a cell of a Markdown table: nothing in it is taken for HTML, a link or a picture."""
    text = re.sub(r"[\\`\[\]|]", r"\\\g<0>", " ".join(visible(text).splitlines()))
    return re.sub(r"<(?=\S)", "&lt;", text)


def _code(text: str) -> str:
    """Text in Markdown's typewriter letters."""
    return f"`{' '.join(visible(text).splitlines()).replace('`', chr(39))}`"


def _glossary(results: Results) -> list[tuple[str, str]]:
    """What each column says, and what it does not."""
    best = most_accurate_first(results)[0]
    return glossary(
        "report_terms.txt.j2",
        results=results,
        best=best,
        accuracy=mean_and_deviation(best.accuracy),
        pairs=len(results.pairs),
    )
