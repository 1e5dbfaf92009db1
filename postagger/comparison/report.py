"""The report of a comparison: an HTML page with pictures, Markdown, and a table for the terminal."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from postagger.comparison.pictures import Picture, as_svg, draw
from postagger.comparison.results import Results
from postagger.comparison.tables import (
    PAIR_COLUMNS,
    SYSTEM_COLUMNS,
    challenge_columns,
    challenge_rows,
    headline,
    lines_of,
    mean_and_deviation,
    most_accurate_first,
    pair_rows,
    system_rows,
)
from postagger.errors import DataError
from postagger.evaluation.challenge_report import LEGEND
from postagger.extras import require
from postagger.io import visible, write_whole

_FEW_PAIRS = 6
"""With more pairs than this, only the errors of pairs with the best system are shown."""

_WIDTH = 110
"""Characters in a line of the terminal."""


def check_packages() -> None:
    """Checks before a long training that a report can be made.

    Raises:
        PostaggerError: a package is not installed.
    """
    require("train", "a comparison needs", "torch")
    require("compare", "a comparison needs", "scipy", "matplotlib", "jinja2")


def write_report(results: Results, folder: Path) -> list[Path]:
    """Writes ``report.html``, ``report.md`` with its pictures, and ``results.json``.

    Raises:
        DataError: the folder can't be written.
        PostaggerError: a package is not installed.
    """
    check_packages()
    pictures = draw(results)
    svg = {name: as_svg(picture, name) for name, picture in pictures.items()}
    links = {name: f"pictures/{name}.svg" for name in pictures}
    files = {folder / links[name]: drawing for name, drawing in svg.items()}
    files |= {
        folder / "report.html": as_html(results, pictures),
        folder / "report.md": as_markdown(results, links, pictures),
        folder / "results.json": json.dumps(results.as_json(), ensure_ascii=False, indent=1),
    }
    try:
        for file, text in files.items():
            write_whole(file, text.encode(errors="replace"))
    except OSError as error:
        raise DataError(f"cannot write the report to {folder}: {error.strerror or error}") from None
    return [folder / name for name in ("report.html", "report.md", "results.json")]


def as_html(results: Results, pictures: Mapping[str, Picture] | None = None) -> str:
    """One self-contained page: no script, no other file, no network.

    Args:
        pictures: the result of `draw`; default: drawn here.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("postagger.comparison"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pictures = draw(results) if pictures is None else pictures
    shown = headline(results) if len(results.pairs) > _FEW_PAIRS else results.pairs
    return environment.get_template("report.html.j2").render(
        results=results,
        systems=most_accurate_first(results),
        system_columns=SYSTEM_COLUMNS,
        system_rows=system_rows(results),
        headline=headline(results),
        pair_columns=PAIR_COLUMNS,
        pair_rows=pair_rows(results),
        challenge_columns=challenge_columns(results),
        challenge_rows=challenge_rows(results),
        challenge_note=challenge_note(results),
        pictures=[(name, picture, as_svg(picture, name)) for name, picture in pictures.items()],
        shown=shown,
        glossary=_glossary(results),
    )


def as_markdown(
    results: Results, links: Mapping[str, str] | None = None, pictures: Mapping[str, Picture] | None = None
) -> str:
    """The report in Markdown, without the examples of errors.

    Args:
        links: the path of each picture by its name; default: no pictures.
        pictures: the result of `draw`; default: drawn here, if there are links.
    """
    lines = [f"# Comparison on {_cell(results.origin.corpus)}", ""]
    lines += [f"- {_cell(pair.sentence)}" for pair in headline(results)]
    lines += ["", *_markdown_table(SYSTEM_COLUMNS, system_rows(results)), "", _cell(results.origin.line), ""]
    lines += [
        f"- {_code(system.name)}: {_cell(system.description)}" for system in most_accurate_first(results)
    ]
    if results.failures:
        lines += ["", "## Failed", "", *(f"- {_cell(failure)}" for failure in results.failures)]
    lines += ["", "## Every two systems", ""]
    lines += [*_markdown_table(PAIR_COLUMNS, pair_rows(results)), "", _cell(results.origin.line)]
    if results.challenge is not None:
        lines += ["", "## Challenge set", "", _cell(results.challenge.sentence), ""]
        lines += [*_markdown_table(challenge_columns(results), challenge_rows(results)), ""]
        lines += [_cell(challenge_note(results))]
    if links:
        lines += ["", "## Pictures"]
        for name, picture in (draw(results) if pictures is None else pictures).items():
            lines += ["", f"![{_cell(picture.title)}]({links[name]})", "", _cell(picture.caption)]
    lines += ["", "## How to read this", ""]
    lines += [f"- **{term}**: {_cell(meaning)}" for term, meaning in _glossary(results)]
    return "\n".join(lines) + "\n"


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


def challenge_note(results: Results) -> str:
    """What the table of the challenge set counts."""
    if results.challenge is None:
        return ""
    return (
        f"Per cent of pairs, by {results.challenge.tags}; the distance is that of the nearest word in which "
        f"the two sentences differ. {LEGEND} With so few pairs in a row, only large differences say much."
    )


def _markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return [f"| {' | '.join(map(_cell, row))} |" for row in (head, rule, *rows)]


def _cell(text: str) -> str:
    """Text escaped for a cell of a Markdown table: nothing in it is taken for HTML, a link or a picture."""
    text = re.sub(r"[\\`\[\]|]", r"\\\g<0>", " ".join(visible(text).splitlines()))
    return re.sub(r"<(?=\S)", "&lt;", text)


def _code(text: str) -> str:
    """Text in Markdown's typewriter letters."""
    return f"`{' '.join(visible(text).splitlines()).replace('`', chr(39))}`"


def _glossary(results: Results) -> list[tuple[str, str]]:
    """What each column and test says, and what it does not."""
    return [*_accuracy_terms(results), *_pair_terms(results), _speed_term(results)]


def _accuracy_terms(results: Results) -> list[tuple[str, str]]:
    origin = results.origin
    best = most_accurate_first(results)[0]
    spread = (
        f"the mean over {origin.seeds} seeds and, after ±, the standard deviation between them"
        if origin.seeds > 1
        else "of a single seed (another one would give other figures)"
    )
    return [
        (
            "test, known, unknown, ambiguous, sentences",
            f"per cent correct, {spread}: of all tokens; of tokens whose word occurs in training, does not, "
            "or has several tags there; and of whole sentences. A deterministic system is trained once. "
            f"For example, {best.name} reaches {mean_and_deviation(best.accuracy)} per cent.",
        ),
        (
            "dev",
            "accuracy on the held-out part that the epoch was selected on, so it is optimistic. Nothing was "
            "selected on the tested sentences.",
        ),
        (
            "95 % interval",
            f"by bootstrap: {origin.unit}s and seeds are resampled with replacement, and the middle 95 % of "
            "the results is the interval. It says how far the figure depends on the choice of texts and "
            "seeds, and nothing about texts of another kind.",
        ),
    ]


def _pair_terms(results: Results) -> list[tuple[str, str]]:
    origin = results.origin
    return [
        (
            "points, p",
            "the difference of the means in percentage points, and the probability of one at least as large "
            f"if the two were alike, by approximate randomisation over {origin.units} {origin.unit}s (9,999 "
            "draws, two-sided, on the means over seeds).",
        ),
        (
            "p, Holm",
            f"p corrected for testing all {len(results.pairs)} pairs on the same data. A difference is more "
            "than chance if this is below 0.05 and the interval excludes 0.",
        ),
        (
            "only first : only second, McNemar p",
            "tokens that only one of the two tagged correctly, and the exact test on them, for the run of "
            "each system with the median dev accuracy. The test treats tokens as independent, which they are "
            "not, so it calls too many differences real.",
        ),
    ]


def _speed_term(results: Results) -> tuple[str, str]:
    return (
        "train s, tokens/s",
        f"medians, in {results.origin.clock}. Runs shared the machine, so only orders of magnitude are "
        "reliable. Tagging speed is that of the fastest of three rounds over the tested sentences.",
    )
