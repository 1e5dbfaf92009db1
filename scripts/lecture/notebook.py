"""Turns a page of the tutorial into a Jupyter notebook."""

from __future__ import annotations

import json
import re
from typing import Any

from lecture.pages import Block, Page

SITE = "https://github.com/postagger/postagger/blob/main/docs/tutorial/"
"""Where links lead that are relative on a page."""
IMAGES = "https://raw.githubusercontent.com/postagger/postagger/main/docs/tutorial/"

INSTALL = (
    "# If postagger is not installed yet, remove the # below.\n# %pip install 'postagkit[train,compare]'\n"
)

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>(?!https?:|#)[^)\s]+)\)")
_COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)
_OWN_LINK = re.compile(r"\. Notebook: \[[^\]]*\]\([^)]*\.ipynb\)")


def notebook(page: Page) -> dict[str, Any]:
    """A notebook in nbformat 4.5 with the page's text and code, without outputs.

    The output that the page shows is left out: the notebook makes its own. Links and diagrams are absolute,
    so that the notebook can be anywhere.
    """
    cells = [_code(INSTALL)]
    for part in page.parts:
        if isinstance(part, Block):
            cells.append(_code(part.code))
        elif text := _text(part):
            cells.append({"cell_type": "markdown", "metadata": {}, "source": _lines(text)})
    for number, cell in enumerate(cells):
        cell["id"] = f"{page.name}-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def notebook_file(page: Page) -> str:
    """`notebook` as the text of an .ipynb file."""
    return json.dumps(notebook(page), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _code(code: str) -> dict[str, Any]:
    source = _lines(code.rstrip("\n"))
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}


def _text(part: str) -> str:
    return _LINK.sub(_absolute, _OWN_LINK.sub("", _COMMENT.sub("", part))).strip("\n")


def _absolute(link: re.Match[str]) -> str:
    base = IMAGES if link["image"] else SITE
    return f"{link['image']}[{link['text']}]({base}{link['target']})"


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
