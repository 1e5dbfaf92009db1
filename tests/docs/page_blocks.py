"""What a Markdown page asks to be run: its code blocks, and the invisible comments that say how.

CONTRIBUTING.md, "Documentation", describes the notation for authors.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

_PARTS = re.compile(
    r"^(?P<indent> *)(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)(?P=fence)[ \t]*$"
    r"|<!--(?P<comment>.*?)-->",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="([^"]+)"')
_CHANGE = re.compile(
    r"""\s*(?P<q>["`])(.+?)(?P=q)\s+(for|after)\s+(?P<p>["`])(.+?)(?P=p)\s*(?:,|$)""", re.DOTALL
)
_EVERYWHERE = "on this page, "
_FOR_THE_SITE = "generated: "
"""Begins a comment in whose place the site has a part of the reference."""
_NEEDS = re.compile(r"(module|program|corpus) [\w.-]+")

SHELLS = ("", "sh", "bash", "console")
"""Languages of blocks that a shell runs. In a console block, commands follow ``$``, output is below them."""
OUTPUTS = ("text", "output")
"""Languages of blocks that show what the block before them prints."""


class PageError(Exception):
    """A page is not written as CONTRIBUTING.md says."""


@dataclass(frozen=True)
class Change:
    """Text that a block is run with: in place of another text, or a blank after it."""

    text: str
    how: str
    place: str

    def __call__(self, code: str) -> str:
        return code.replace(self.place, self.text if self.how == "for" else f"{self.place} {self.text}")


@dataclass(frozen=True)
class How:
    """How a block is run.

    Attributes:
        skip: why it is not.
        needs: ``module spacy``, ``program docker`` or ``corpus treebank``, without which it is skipped.
        changes: made in its text before.
        numbers_vary: whether any number may stand where the output has one.
        not_compared: why the output shown is not compared.
        status: the exit status that a command has.
        server: an address; the block goes on in the background, and the page continues when it answers.
    """

    skip: str = ""
    needs: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    numbers_vary: bool = False
    not_compared: str = ""
    status: int = 0
    server: str = ""

    def told(self, comment: str) -> How:
        """This, and what a comment says.

        Raises:
            PageError: the comment is no known one.
        """
        word, _, rest = comment.partition(":")
        rest = " ".join(rest.split())
        if word == "skip" and rest:
            return replace(self, skip=rest)
        if word == "needs" and all(map(_NEEDS.fullmatch, needs := rest.split(", "))):
            return replace(self, needs=(*self.needs, *needs))
        if word == "output not compared" and rest:
            return replace(self, not_compared=rest)
        if comment == "numbers vary":
            return replace(self, numbers_vary=True)
        if word == "exit status" and rest.isdigit():
            return replace(self, status=int(rest))
        if word == "server" and rest:
            return replace(self, server=rest)
        found = _CHANGE.findall(comment.removeprefix("run with"))
        changes = tuple(Change(text, how, place) for _, text, how, _, place in found)
        if comment.startswith("run with") and changes and not _CHANGE.sub("", comment)[len("run with") :]:
            return replace(self, changes=(*self.changes, *changes))
        raise PageError(f"<!-- {comment} --> is no comment that CONTRIBUTING.md describes")


@dataclass
class Block:
    """Something to do.

    Attributes:
        language: of the block; ``setup`` for an invisible one.
        code: as the page shows it.
        line: the page's line on which the code begins, counted from 1.
        start: where the block begins in the page, in characters.
        end: where it ends, with its output.
        title: the file that its text is; empty if it is to be run.
        how: what the comments before it say.
        output: what the page says that it prints; None if it says nothing.
    """

    language: str
    code: str
    line: int
    start: int
    end: int
    title: str = ""
    how: How = field(default_factory=How)
    output: str | None = None

    @property
    def changed(self) -> str:
        """The code as it is run."""
        code = self.code
        for change in self.how.changes:
            code = change(code)
        return code


def read_blocks(page: str) -> list[Block]:
    """All blocks of a page in order.

    Raises:
        PageError: a comment is no known one, or stands before no block, or changes nothing.
    """
    blocks: list[Block] = []
    comments: list[str] = []  # those that wait for their block
    everywhere, used = How(), set()
    place = 0  # where the last part ends
    for part in _PARTS.finditer(page):
        close = not page[place : part.start()].strip()
        if comments and not close:
            break
        comment = textwrap.dedent(part["comment"] or "").strip()
        if comment.startswith("setup"):
            block = _setup(page, part)
            block.how = _checked(block, _told(How(), comments), everywhere)
            blocks.append(block)
            comments = []
        elif comment.startswith(_EVERYWHERE):
            everywhere = everywhere.told(comment.removeprefix(_EVERYWHERE))
        elif comment and not comment.startswith(_FOR_THE_SITE):
            comments.append(comment)
        elif comment:
            pass
        elif _is_output(block := _block(page, part), blocks, close):
            last = blocks[-1]
            last.output, last.end = block.code, block.end
            last.how = _told(last.how, comments)
            comments = []
        else:
            used |= {change for change in everywhere.changes if change.place in block.code}
            block.how = _checked(block, _told(How(), comments), everywhere)
            blocks.append(block)
            comments = []
        place = part.end()
    if comments:
        raise PageError(f"<!-- {comments[0]} --> stands before no block")
    if unused := [change.place for change in everywhere.changes if change not in used]:
        raise PageError(f'there is no "{unused[0]}" on the page')
    return blocks


def _told(how: How, comments: Sequence[str]) -> How:
    for comment in comments:
        how = how.told(comment)
    return how


def _checked(block: Block, how: How, everywhere: How) -> How:
    """Both together; of the changes for all blocks, those that this block has a place for."""
    if missing := [change.place for change in how.changes if change.place not in block.code]:
        raise PageError(f'line {block.line}: there is no "{missing[0]}" in the block')
    here = tuple(change for change in everywhere.changes if change.place in block.code)
    return replace(
        how,
        skip=how.skip or everywhere.skip,
        needs=(*everywhere.needs, *how.needs),
        changes=(*how.changes, *here),
        numbers_vary=how.numbers_vary or everywhere.numbers_vary,
        not_compared=how.not_compared or everywhere.not_compared,
    )


def _is_output(block: Block, blocks: Sequence[Block], close: bool) -> bool:
    """Whether a block shows what the last one prints: ``text`` right after it, or ``output`` anywhere."""
    if block.title or block.language not in OUTPUTS:
        return False
    after = bool(blocks) and blocks[-1].language in ("python", *SHELLS) and not blocks[-1].title
    if block.language == "output" and not after:
        raise PageError(f"line {block.line}: an output block follows no block that is run")
    return after and (close or block.language == "output") and blocks[-1].output is None


def _block(page: str, part: re.Match[str]) -> Block:
    language, _, options = part["info"].strip().partition(" ")
    title = _TITLE.search(options)
    return Block(
        language,
        textwrap.dedent(part["body"]),
        page.count("\n", 0, part.start("body")) + 1,
        part.start(),
        part.end(),
        title[1] if title else "",
    )


def _setup(page: str, part: re.Match[str]) -> Block:
    code = textwrap.dedent(part["comment"].strip().removeprefix("setup").removeprefix("\n"))
    line = page.count("\n", 0, part.start()) + 2
    return Block("setup", code, line, part.start(), part.end())


def commands(console: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with the output below it; ``> `` continues a command."""
    command, output = "", ""
    for line in console.splitlines(keepends=True):
        if line.startswith("$ "):
            if command:
                yield command, output
            command, output = line[2:], ""
        elif command.rstrip("\n").endswith("\\") and not output:
            command += line.removeprefix("> ")
        elif not command:
            raise PageError(f"a console block begins with $, not with {line!r}")
        elif line.startswith("> ") and not output:
            command += line[2:]
        else:
            output += line
    if command:
        yield command, output
