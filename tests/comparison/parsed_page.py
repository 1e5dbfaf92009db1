"""A page as a parser sees it, and what every page must be."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """The contents of a page; a misplaced end tag is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.elements.append((tag, dict(attrs)))
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("src", "href", "xlink:href") and value:
                self.addresses.append(value)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """Those of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def check_structure(text: str, page: Page) -> None:
    """Checks that a page needs nothing else, and that a reader without eyes or mouse finds everything."""
    assert not {"script", "link", "iframe", "img"} & set(page.tags)
    assert all(address.startswith("#") for address in page.addresses)
    assert not re.search(r"@import|url\((?!#)", text)
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("h1") == 1
    contents = {address.removeprefix("#") for address in page.addresses} & {
        str(attributes.get("id")) for attributes in page.attributes("h2")
    }
    assert len(contents) == page.tags.count("h2")  # every section is in the contents
    assert {address.removeprefix("#") for address in page.addresses} <= set(page.ids)
    assert page.tags.count("caption") == page.tags.count("table")
    assert all(head.get("scope") in ("row", "col", "colgroup") for head in page.attributes("th"))
    regions = [each for each in page.attributes("div") if each.get("class") == "wide"]
    assert len(regions) == page.tags.count("table")  # a keyboard can scroll each table
    assert all(each.get("tabindex") == "0" and each.get("aria-label") for each in regions)
