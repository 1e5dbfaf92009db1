"""The heads of a training: their tag sets, and those that are kept from a backbone's tagger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from postagger.config import Config
from postagger.errors import ConfigError
from postagger.features import TagSet
from postagger.models import TrainedHead, TrainedModel
from postagger.pipeline.datasets import DataSet


def kept_heads(config: Config, main: DataSet, backbone: TrainedModel | None) -> dict[str, TrainedHead]:
    """The heads that ``transfer.keep_head`` takes from the backbone's tagger; none without that setting.

    Args:
        main: the main data set; the kept heads are those with the names of its heads.

    Raises:
        ConfigError: the backbone's tagger does not have the main head.
    """
    if backbone is None or not config.transfer.keep_head:
        return {}
    if main.head not in backbone.heads:
        advice = (
            "With several columns, these must be heads of that tagger"
            if main.others
            else "Choose one with corpus.head (in Python, with the corpus's name)"
        )
        raise ConfigError(
            f"transfer.keep_head finds no head {main.head!r}: the backbone's tagger has "
            f"{', '.join(backbone.heads)}. {advice}"
        )
    return {name: backbone.heads[name] for name in main.by_head if name in backbone.heads}


def check_kept_tags(kept: Mapping[str, TrainedHead], main: DataSet) -> None:
    """Checks that each kept head shares at least one tag with the corpus.

    Raises:
        ConfigError: one shares none.
    """
    for name, head in kept.items():
        tags = main.by_head[name].tags
        if tags and tags.isdisjoint(head.tagset):
            raise ConfigError(
                f"transfer.keep_head keeps a head with none of the corpus's tags: they are {_some(tags)}; "
                f"the head has {_some(head.tagset)}. Choose the tags with corpus.column or corpus.tagset, or "
                "leave out transfer.keep_head"
            )


def _some(tags: Iterable[str]) -> str:
    return ", ".join(sorted(tags)[:8])


def head_tagsets(datasets: Iterable[DataSet], kept: Mapping[str, TrainedHead]) -> dict[str, TagSet]:
    """The tag set of each head, by the head's name; that of a kept head begins with its tags.

    Raises:
        DataError: a head has no tags.
    """
    tags: dict[str, list[str]] = {}
    for name, dataset in (each for group in datasets for each in group.by_head.items()):
        known = tags.setdefault(name, list(kept[name].tagset) if name in kept else [])
        known += sorted(dataset.tags.difference(known))
    return {name: TagSet(each) for name, each in tags.items()}
