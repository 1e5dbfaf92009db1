#!/usr/bin/env python3
"""Builds the documentation site in build/site, or shows it while you write; see scripts/site.

Zensical reads build/docs: a copy of docs/ in which the generated parts of the reference are filled in, and
links to files outside docs/ lead to the repository.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import document_commands
import document_config
import site_links

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BUILT = ROOT / "build" / "docs"
SITE = ROOT / "build" / "site"
REPOSITORY = "https://github.com/postagger/postagger/blob/main/"
GENERATED = re.compile(r"^<!-- generated: (.*) -->$", re.MULTILINE)
_HEAD = "| setting | values | default | meaning |\n|---|---|---|---|\n"
_ROW = re.compile(r"^\| (`\w+`) \| (.*?) \| (.*?) \| (.*) \|$", re.MULTILINE)
"""A setting in a table, which is too wide for a phone: the site has a list of definitions."""
_LINK = re.compile(r"(?<=\]\()([^)#\s]+)(?=[)#\s])")
CODE = re.compile(r"^( *)```.*?^\1```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--serve", action="store_true", help="show it at http://localhost:8000, and changes to it"
    )
    if parser.parse_args().serve:
        serve()
    else:
        shutil.rmtree(BUILT, ignore_errors=True)
        prepare()
        if status := _zensical("build", "--clean", "--strict").wait():
            sys.exit(status)
        sys.exit("\n".join(site_links.problems(SITE)) or 0)


def serve() -> None:
    """Runs Zensical's server until it is interrupted; a page that changes is shown anew."""
    prepare()
    server = _zensical("serve", "--dev-addr", "localhost:8000")
    try:
        while server.poll() is None:
            time.sleep(1)
            prepare()
    except KeyboardInterrupt:
        server.wait()


def _zensical(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "zensical", *arguments], cwd=ROOT)


def prepare() -> None:
    """Copies what has changed in docs/ to build/docs, with pages as the site shows them."""
    for file in sorted(DOCS.rglob("*")):
        copy = BUILT / file.relative_to(DOCS)
        if file.is_dir() or (copy.exists() and copy.stat().st_mtime >= file.stat().st_mtime):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".md":
            copy.write_text(as_shown(file), encoding="utf-8")
        else:
            shutil.copyfile(file, copy)


def as_shown(page: Path) -> str:
    """The text of a page for the site."""
    text = GENERATED.sub(lambda found: _with_links(generated(found[1])), page.read_text(encoding="utf-8"))
    code = [(found.start(), found.end()) for found in CODE.finditer(text)]

    def led(link: re.Match[str]) -> str:
        inside = any(start <= link.start() < end for start, end in code)
        return link[1] if inside else _address(link[1], page)

    return _LINK.sub(led, text)


def _address(link: str, page: Path) -> str:
    """A link of a page; one that leaves docs/ leads to the file in the repository."""
    if re.match(r"\w+:", link):
        return link
    file = Path(os.path.normpath(page.parent / link))
    return link if file.is_relative_to(DOCS) else REPOSITORY + file.relative_to(ROOT).as_posix()


def _with_links(text: str) -> str:
    """Text of the reference, in which names of pages are links."""
    return re.sub(r"docs/([\w/-]+\.md)(#[\w-]+)?", r"[\1](../\1\2)", text)


def generated(what: str) -> str:
    """Markdown made from the code.

    Raises:
        ValueError: a page asks for something else than the command line or the settings.
    """
    if what == "command line":
        return document_commands.document()
    if what == "settings":
        tables = document_config.document().removeprefix(document_config.HEAD)
        return _ROW.sub(r"\1\n:   \4\n\n    \2; default: \3\n", tables.replace(_HEAD, ""))
    raise ValueError(f"nothing generates {what!r}")


if __name__ == "__main__":
    main()
