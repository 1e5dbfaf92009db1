"""Checks a built site: inside links and their anchors lead somewhere, and nothing is loaded from elsewhere.

Links to other sites are not followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """Collects what a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if "src" in values:
            self.loaded.append(values["src"])
        if tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            self.loaded.append(values["href"])


def problems(site: Path) -> list[str]:
    """What is wrong with the pages of a folder, a line for each link."""
    pages = {
        file: _Page(file.read_text(encoding="utf-8"))
        for file in sorted(site.rglob("*.html"))
        if file.name != "404.html"  # its links are absolute, as it stands for any page
    }
    return [
        f"{file.relative_to(site)}: {told}"
        for file, page in pages.items()
        for told in _wrong(file, page, pages)
    ]


def _wrong(file: Path, page: _Page, pages: dict[Path, _Page]) -> Iterator[str]:
    for address in page.loaded:
        if urlsplit(address).netloc:
            yield f"loads {address}"
    for address in [*page.links, *page.loaded]:
        link = urlsplit(address)
        if link.scheme or link.netloc:
            continue
        target = (file.parent / unquote(link.path)).resolve() if link.path else file
        target = target / "index.html" if target.is_dir() else target
        if not target.exists():
            yield f"{address} leads nowhere"
        elif link.fragment and target in pages and unquote(link.fragment) not in pages[target].anchors:
            yield f"{address}: no such place on that page"
