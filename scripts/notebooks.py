#!/usr/bin/env python3
"""Writes the tutorial's chapters as Jupyter notebooks, for download. Their source is docs/tutorial.

Examples:
    python scripts/notebooks.py                          # docs/tutorial/notebooks, without outputs
    python scripts/notebooks.py --execute -o runs/notebooks   # with outputs; takes three minutes
"""

from __future__ import annotations

import argparse
from pathlib import Path

from lecture.notebook import notebook_file
from lecture.pages import FOLDER, chapters, read_page


def executed(text: str, folder: Path) -> str:
    """A notebook with the outputs of its cells, run in a folder by Jupyter's kernel.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised an exception.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.reads(text, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    written: str = nbformat.writes(notebook)
    return written + "\n"


def write_notebooks(folder: Path, *, execute: bool = False) -> list[Path]:
    """Writes a notebook for each chapter into a folder, which is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for path in chapters():
        text = notebook_file(read_page(path))
        file = folder / f"{path.stem}.ipynb"
        file.write_text(executed(text, folder) if execute else text, encoding="utf-8")
        files.append(file)
    return files


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "-o",
        "--output",
        type=Path,
        default=FOLDER / "notebooks",
        help="folder (default: docs/tutorial/notebooks)",
    )
    options.add_argument("--execute", action="store_true", help="run them, and keep what they print and draw")
    given = options.parse_args()
    for file in write_notebooks(given.output, execute=given.execute):
        print(file)


if __name__ == "__main__":
    main()
