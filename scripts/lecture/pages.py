"""Reads a page of the tutorial: prose, and blocks of Python with what they print and draw.

A block of Python may be followed by a block of text, which is what it prints, and by a picture, which is what
it draws. A comment before the text may say how far it is compared by the tests (CONTRIBUTING.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "tutorial"

_BLOCK = re.compile(
    r"""^```python\n(?P<code>.*?)^```\n
    (?:\n(?P<comment><!--[^\n]*-->\n)?```text\n(?P<output>.*?)^```\n)?
    (?:\n!\[(?P<alt>[^\]]*)\]\((?P<picture>images/\d[^)\n]*\.svg)\)\n)?""",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class Block:
    """Python code on a page.

    Attributes:
        line: the number of the page's line on which the code begins, from 1.
        output: what it prints; empty if nothing.
        comment: the comment before the output, as a line; empty if there is none.
        alt, picture: the description and the file of what it draws, relative to the page; empty if nothing.
    """

    code: str
    line: int
    output: str = ""
    comment: str = ""
    alt: str = ""
    picture: str = ""

    def __str__(self) -> str:
        """The block as it is written on the page."""
        output = f"\n{self.comment}```text\n{self.output}```\n" if self.output else ""
        picture = f"\n![{self.alt}]({self.picture})\n" if self.picture else ""
        return f"```python\n{self.code}```\n{output}{picture}"


@dataclass(frozen=True)
class Page:
    """A page of the tutorial, as text and blocks in turn."""

    path: Path
    parts: tuple[str | Block, ...]

    @property
    def blocks(self) -> list[Block]:
        return [part for part in self.parts if isinstance(part, Block)]

    @property
    def name(self) -> str:
        """The file's name without its ending: ``04_window``."""
        return self.path.stem

    @property
    def code_lines(self) -> int:
        """The number of lines of code that are not empty."""
        return sum(bool(line.strip()) for block in self.blocks for line in block.code.splitlines())

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


def read_page(path: Path) -> Page:
    """Reads a page.

    Raises:
        OSError: there is no such file.
    """
    text = path.read_text(encoding="utf-8")
    parts: list[str | Block] = []
    end = 0
    for match in _BLOCK.finditer(text):
        found = {name: value or "" for name, value in match.groupdict().items()}
        line = text.count("\n", 0, match.start("code")) + 1
        parts.append(text[end : match.start()])
        parts.append(
            Block(found["code"], line, found["output"], found["comment"], found["alt"], found["picture"])
        )
        end = match.end()
    return Page(path, (*parts, text[end:]))


def chapters() -> list[Path]:
    """The files of the chapters, in order."""
    return sorted(FOLDER.glob("[0-9][0-9]_*.md"))
