"""Which of a tagger's heads gives which of a word's annotations: its tag, its universal tag, its features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

from postagger.corpora.columns import NO_FEATURES
from postagger.corpora.diagnosis.columns import UPOS
from postagger.errors import ConfigError, short
from postagger.features import TagSet
from postagger.serving.universal import UPOS_OF_NLTK, UPOS_OF_PENN
from postagger.tagger import Ensemble, Tagger
from postagger.tagger.checks import check_head

Kind = Literal["tag", "pos", "morph"]
"""A tag as the treebank has it; a universal one (UPOS); features in Universal Dependencies' form."""

AUTO = "auto"
"""Chooses the head by its name, or by what its tags look like."""

_NAMES: Mapping[str, Kind] = {"xpos": "tag", "upos": "pos", "feats": "morph"}
"""The names of heads that were trained on columns of CoNLL-U."""


class Annotation(NamedTuple):
    """A head, and what is written for each tag of its tag set."""

    head: str
    values: tuple[str, ...]


def choose(
    tagger: Tagger | Ensemble, *, tag: str | None, pos: str | None, morph: str | None
) -> dict[Kind, Annotation]:
    """Chooses a head for each kind of annotation.

    Args:
        tag, pos, morph: the name of a head; None for no such annotation; or ``auto``: the head called xpos,
            upos or feats, else the selected head if its tags are of that kind. Universal tags may also come
            from the head for tags, by the rules of `postagger.serving.universal`, if its tags are Penn's.

    Raises:
        ConfigError: there is no such head, or its tags are of another kind.
    """
    asked: dict[Kind, str | None] = {"tag": tag, "pos": pos, "morph": morph}
    chosen: dict[Kind, Annotation] = {}
    for kind, name in asked.items():
        if name == AUTO and AUTO not in tagger.heads:
            name = _head_for(kind, tagger, chosen)
        elif name is not None:
            check_head(name, tagger.heads, type(tagger).__name__.lower())
        if name is not None:
            chosen[kind] = Annotation(name, _values(kind, name, tagger.heads[name]))
    return chosen


def _head_for(kind: Kind, tagger: Tagger | Ensemble, chosen: Mapping[Kind, Annotation]) -> str | None:
    """The head that is meant by ``auto``; None without one."""
    named = next((head for head, its in _NAMES.items() if its == kind and head in tagger.heads), None)
    if named is not None:
        return named
    head = tagger.head
    tags = tagger.heads[head]
    if kind == "tag":
        return None if _is_universal(tags) or _fits("morph", tags) else head
    if kind == "pos" and "tag" in chosen:
        head = chosen["tag"].head
    return head if _fits(kind, tagger.heads[head]) else None


def _is_universal(tags: TagSet) -> bool:
    return set(tags) <= UPOS or set(tags) <= set(UPOS_OF_NLTK)


def _fits(kind: Kind, tags: TagSet) -> bool:
    if kind == "pos":
        return _universal(tags) is not None
    return kind == "tag" or all(tag == NO_FEATURES or _is_features(tag) for tag in tags)


def _universal(tags: Iterable[str]) -> Callable[[str], str] | None:
    """What gives the universal tag of each tag; None if they are neither universal nor Penn's."""
    tables: tuple[Mapping[str, str], ...] = ({tag: tag for tag in UPOS}, UPOS_OF_NLTK, UPOS_OF_PENN)
    return next((table.__getitem__ for table in tables if set(tags) <= set(table)), None)


def _is_features(tag: str) -> bool:
    return all(0 < part.find("=") < len(part) - 1 for part in tag.split("|"))


def _values(kind: Kind, head: str, tags: TagSet) -> tuple[str, ...]:
    """What is written for each tag.

    Raises:
        ConfigError: the tags are of another kind.
    """
    if not _fits(kind, tags):
        known = {"pos": "universal nor Penn tags", "morph": "features such as Number=Sing"}[kind]
        what = f"neither {known}" if kind == "pos" else f"no {known}"
        raise ConfigError(
            f"{kind}={short(head)}: the tags of this head are {what}: {', '.join(map(short, tags.tags[:5]))} "
            f"...; name another head, or none"
        )
    if kind == "morph":
        return tuple("" if tag == NO_FEATURES else tag for tag in tags)
    universal = _universal(tags) if kind == "pos" else None
    return tags.tags if universal is None else tuple(map(universal, tags))
