"""The base class of layouts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from postagger.text.content import Content

Item = TypeVar("Item")


class Layout(ABC, Generic[Item]):
    """Cuts text into items, most of which contain one sentence, perhaps an empty one."""

    @abstractmethod
    def items(self, lines: Iterable[str], source: str) -> Iterator[Item]:
        """Yields the items of a text; an item is yielded before the line after it is read.

        Raises:
            DataError: a line is malformed; `source`, the name of the text, and the line are named.
        """

    @abstractmethod
    def sentences(self, item: Item) -> Sequence[list[str]]:
        """The words of each of an item's sentences."""

    @abstractmethod
    def written(self, item: Item, predictions: Sequence[list[tuple[str, Any]]]) -> str:
        """The item with its tags, as text.

        Args:
            predictions: one for each of its sentences: its words, each with its tag, or with the tags of
                several heads, or with what the layout needs besides.
        """

    @abstractmethod
    def content(self, item: Item) -> Content:
        """What the item contains, so that it can be written in another layout."""
