"""Reads the elements of XML documents that clients send: no document types, no entities of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from xml.parsers import expat

from postagger.serving.server.problems import Problem


class Element(NamedTuple):
    """An element as it begins.

    Attributes:
        name: with its prefix.
        attributes: by their names.
        place: its first byte in the document.
    """

    name: str
    attributes: dict[str, str]
    place: int


def elements(document: bytes, what: str, wanted: Callable[[str], bool]) -> list[Element]:
    """The elements of a document in UTF-8, in their order.

    Args:
        what: the document, for the message.
        wanted: whether an element of this name is kept.

    Raises:
        Problem: 422, it is not XML, or has a document type.
    """
    found: list[Element] = []
    parser = expat.ParserCreate("utf-8")

    def start(name: str, attributes: dict[str, str]) -> None:
        if wanted(name):
            found.append(Element(name, attributes, parser.CurrentByteIndex))

    def refuse(*_: object) -> None:
        raise Problem(422, f"{what} has a document type, which is not accepted")

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise Problem(422, f"{what} is not XML: {error}") from None
    return found
