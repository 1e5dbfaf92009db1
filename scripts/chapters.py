#!/usr/bin/env python3
"""Runs the code of the tutorial's chapters and writes what it prints and draws into the pages.

The tests compare the pages with what their code prints (`pytest docs/tutorial`); this script is for authors.

Examples:
    python scripts/chapters.py                  # all chapters, with the time that each takes
    python scripts/chapters.py 04_window --write
"""

from __future__ import annotations

import argparse
from pathlib import Path

import spinning  # noqa: F401  (before torch)
from lecture.execution import run_page
from lecture.pages import FOLDER, chapters, read_page


def run_chapter(path: Path, *, writing: bool) -> None:
    """Runs a chapter, prints its size and its time, and writes the page and its pictures if wanted."""
    page = read_page(path)
    outcome = run_page(page)
    print(f"{page.name:24}{page.code_lines:4} lines of code{outcome.seconds:7.1f} s", flush=True)
    if writing:
        path.write_text(str(outcome.page), encoding="utf-8")
        for name, svg in outcome.pictures.items():
            (path.parent / name).write_text(svg, encoding="utf-8")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("chapters", nargs="*", help="such as 04_window; default: all")
    options.add_argument("--write", action="store_true", help="write output and pictures into the pages")
    given = options.parse_args()
    for path in [FOLDER / f"{name}.md" for name in given.chapters] or chapters():
        run_chapter(path, writing=given.write)


if __name__ == "__main__":
    main()
