"""Checks the README as PyPI shows it: every link is absolute, and links into this repository lead to a file.

Example:
    python scripts/wheel/readme_links.py dist/postagkit-0.1.0-py3-none-any.whl
"""

from __future__ import annotations

import re
import sys
import zipfile
from email import message_from_string
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path

from readme_renderer import markdown

ROOT = Path(__file__).resolve().parents[2]


class Links(HTMLParser):
    """Collects the targets of links and images."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def metadata(wheel: str) -> Message:
    """The wheel's core metadata; its payload is the README."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode("utf-8"))


def homepage(message: Message) -> str:
    urls = dict(entry.split(", ", 1) for entry in message.get_all("Project-URL", []))
    return urls["Homepage"]


def problems(links: list[str], home: str) -> list[str]:
    """Finds relative links, and links to missing files; `home` is the repository's address on GitHub."""
    repository = re.escape(home.removeprefix("https://github.com/"))
    ours = re.compile(
        rf"https://(?:github\.com/{repository}/(?:blob|tree)|raw\.githubusercontent\.com/{repository})/main/([^#?]+)"
    )
    found = []
    for link in links:
        file = ours.match(link)
        if file is not None and not (ROOT / file[1]).exists():
            found.append(f"{link}: there is no {file[1]} in this repository")
        elif not link.startswith(("https://", "#")):
            found.append(f"{link}: a relative link does not work on PyPI; use an absolute one")
    return found


def main(wheel: str) -> int:
    message = metadata(wheel)
    html = markdown.render(str(message.get_payload()))
    if html is None:
        print("the README does not render", file=sys.stderr)
        return 1
    links = Links(html).found
    found = problems(links, homepage(message))
    for problem in found or ["the README has no links"] * (not links):
        print(problem, file=sys.stderr)
    print(f"{len(links)} links and images in the README, {len(found)} wrong")
    return 1 if found or not links else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
