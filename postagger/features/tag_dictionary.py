"""Tag dictionaries: the tags that words may have, given when a tagger is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Self

from postagger.errors import ConfigError, DataError, brief
from postagger.features.tag_mask import TagMask
from postagger.features.vocabulary import TagSet
from postagger.io import as_path, open_text
from postagger.unicode import normal_form

_FORM = "an entry is a word and its tags, separated by tabs"


class TagDictionary:
    """Words and the tags that they may have, as `Tagger.tag` and other methods take it with ``lexicon=``.

    Without a bonus, a word gets one of its own tags; with a bonus of x nats, each of them becomes e**x times
    as likely against the others. Words without an entry are tagged as usual.

    An entry is for the word exactly as written, up to Unicode's normal form. At the start of a sentence, a
    word without an entry is also looked up with a small first letter.

    (A tagger's own attribute `lexicon` is something else: the counts of its training words.)

    Attributes:
        entries: the tags of each word, which is in its normal form (`postagger.unicode`).
        bonus: in nats; None allows no other tags.
    """

    def __init__(
        self,
        entries: Mapping[str, str | Iterable[str]],
        *,
        bonus: float | None = None,
        source: str = "the lexicon",
    ) -> None:
        """
        Args:
            entries: the tag or tags of each word.
            bonus: how much the score of a word's tags is raised; None allows no other tags.
            source: where the entries come from, for messages.

        Raises:
            DataError: a word or tag is not a string, or a word has no tags.
            ConfigError: the bonus is not a number, 0 or more.
        """
        self.bonus = _checked_bonus(bonus)
        self.source = source
        self.entries = _merged(_checked_entries(entries))
        self._tags = frozenset().union(*self.entries.values())
        self._restricted: dict[frozenset[str], TagDictionary] = {}
        self._masks: dict[tuple[str, ...], TagMask] = {}

    @classmethod
    def load(cls, path: str | Path, *, bonus: float | None = None) -> Self:
        """Reads a file with an entry on each line: a word and its tags, separated by tabs.

        The tags of a word that has several lines are added up. Empty lines and cells, and lines that start
        with ``#`` and have no tab, are skipped. The file is UTF-8 text; gzip is unpacked.

        Args:
            bonus: as in `TagDictionary`.

        Raises:
            DataError: the file can't be read, a line is not an entry, or there are no entries.
            ConfigError: the bonus is not a number, 0 or more.
        """
        file = as_path(path, "a lexicon is read from a file")
        bonus = _checked_bonus(bonus)  # before a large file is read
        entries: dict[str, list[str]] = {}
        with open_text(file) as lines:
            for word, tags in _read(lines, file):
                entries.setdefault(word, []).extend(tags)
        if not entries:
            raise DataError(f"{file} has no entries: {_FORM}")
        return cls(entries, bonus=bonus, source=str(file))

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        bonus = "" if self.bonus is None else f", a bonus of {self.bonus:g}"
        return f"<TagDictionary: {len(self):,} words{bonus}>"

    def mask(self, tagset: TagSet) -> TagMask:
        """The entries as scores of the tags of a tag set; made once for each tag set.

        Raises:
            DataError: none of the tags is in the tag set.
        """
        if tagset.tags not in self._masks:
            self._masks[tagset.tags] = TagMask(self.restricted_to(tagset).entries, tagset, self.bonus)
        return self._masks[tagset.tags]

    def restricted_to(self, tagset: TagSet) -> TagDictionary:
        """The dictionary without tags that are not in the tag set, and without words that have no others.

        Raises:
            DataError: none of the tags is in the tag set.
        """
        known = frozenset(tagset)
        if known >= self._tags:
            return self
        if known not in self._restricted:
            self._restricted[known] = self._with(known)
        return self._restricted[known]

    def _with(self, known: frozenset[str]) -> TagDictionary:
        kept = {word: tags & known for word, tags in self.entries.items() if not tags.isdisjoint(known)}
        if not kept:
            raise DataError(
                f"the tagger has none of the tags of {self.source} ({_listed(self._tags)}): its tags are "
                f"{_listed(known)}"
            )
        return TagDictionary(kept, bonus=self.bonus, source=self.source)

    def left_out(self, tagset: TagSet) -> str:
        """A sentence on the tags that `restricted_to` leaves out; empty if there are none.

        Raises:
            DataError: none of the tags is in the tag set.
        """
        kept = self.restricted_to(tagset)
        if kept is self:
            return ""
        tags = _listed(self._tags.difference(tagset))
        without = len(self) - len(kept)
        words = f"; {without:,} of {len(self):,} words have no other tags and are tagged as usual"
        return (
            f"{self.source}: left out tags that the tagger does not have ({tags}){words if without else ''}"
        )


Lexical = TagDictionary | Mapping[str, str | Iterable[str]] | str | Path
"""What taggers take as a lexicon: a tag dictionary, a mapping from words to tags, or a file's path."""


def as_tag_dictionary(given: Lexical) -> TagDictionary:
    """A lexicon as a tag dictionary.

    Raises:
        DataError: it is none, or the file can't be read.
    """
    if isinstance(given, TagDictionary):
        return given
    if isinstance(given, Mapping):
        return TagDictionary(given)
    if isinstance(given, str | Path):
        return TagDictionary.load(given)
    raise DataError(
        "a lexicon is a TagDictionary, a mapping from words to their tags, or the path of a file; "
        f"got {brief(given)}"
    )


def _read(lines: Iterable[str], file: Path) -> Iterator[tuple[str, list[str]]]:
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) == 1 and (not cells[0] or line.startswith("#")):
            continue
        word, *tags = cells
        tags = [tag for tag in tags if tag]
        if not any(cells):
            continue
        if not word or not tags:
            missing = "tag" if word else "word"
            raise DataError(f"{file}, line {number}: {brief(line.strip())} has no {missing}: {_FORM}")
        wrong = next((tag for tag in tags if len(tag.split()) > 1), None)
        if wrong is not None:
            raise DataError(f"{file}, line {number}: the tag {brief(wrong)} contains a blank: {_FORM}")
        yield word, tags


def _checked_entries(entries: object) -> Iterator[tuple[str, frozenset[str]]]:
    if not isinstance(entries, Mapping):
        raise DataError(f"the entries of a lexicon are a mapping from words to tags, not {brief(entries)}")
    for word, given in entries.items():
        if not isinstance(word, str) or not word:
            raise DataError(f"a word of a lexicon must be a string that is not empty, not {brief(word)}")
        tags = (given,) if isinstance(given, str) else given
        if not isinstance(tags, Iterable) or isinstance(tags, bytes | Mapping):
            raise DataError(f"the tags of {brief(word)} must be a string or several, not {brief(given)}")
        tags = tuple(tags)
        if not tags or not all(isinstance(tag, str) and tag for tag in tags):
            raise DataError(f"the tags of {brief(word)} must be one or more strings, not {brief(given)}")
        yield word, frozenset(tags)


def _merged(entries: Iterable[tuple[str, frozenset[str]]]) -> dict[str, frozenset[str]]:
    """The entries by the words' normal form; those of words that become equal are added up."""
    merged: dict[str, frozenset[str]] = {}
    for word, tags in entries:
        form = normal_form(word)
        merged[form] = merged[form] | tags if form in merged else tags
    return merged


def _checked_bonus(bonus: object) -> float | None:
    if bonus is None:
        return None
    number = isinstance(bonus, int | float) and not isinstance(bonus, bool)
    if not number or not 0 <= float(bonus) < float("inf"):  # type: ignore[arg-type]
        raise ConfigError(
            f"the bonus of a lexicon is a number of nats, 0 or more, not {brief(bonus)}; "
            "without a bonus, no other tags are allowed"
        )
    return float(bonus)  # type: ignore[arg-type]


def _listed(tags: Iterable[str]) -> str:
    """A few of the tags, for a message."""
    names = sorted(tags)
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
