"""Whether there is something to learn from a corpus, and to choose by."""

from __future__ import annotations

from postagger.corpora.corpus import Corpus
from postagger.corpora.sentences import UNTAGGED, TaggedSentence
from postagger.errors import DataError

_SHOWN = 5
"""Tags that an error names."""


def check_not_empty(corpus: Corpus) -> None:
    """
    Raises:
        DataError: there is no sentence to learn from; of a corpus that was split, it says why.
    """
    if any(corpus.train):
        return
    rest = len(corpus.dev) + len(corpus.test)
    why = ""
    if rest and corpus.settings.train is None:
        some = "1 sentence is" if rest == 1 else f"{rest} sentences are"
        why = f": {some} too few to be split into train, dev and test; name its file as corpus.train"
    raise DataError(
        f"there is nothing to learn: the training set of {corpus.name!r} contains no sentence{why}"
    )


def check_dev_tags(corpus: Corpus) -> None:
    """
    Raises:
        DataError: no tag of dev occurs in train, so that every tagger would be as bad there.
    """
    for head, column in corpus.by_head.items():
        train, dev = _tags(column.train), _tags(column.dev)
        if train and dev and train.isdisjoint(dev):
            of = f" in the column {head}" if corpus.others else ""
            raise DataError(
                f"dev and train have no tag in common{of}: dev has {_some(dev)}, train has {_some(train)}; "
                "check corpus.column, or that they are of one tag set"
            )


def _tags(sentences: list[TaggedSentence]) -> set[str]:
    return {tag for sentence in sentences for _, tag in sentence} - {UNTAGGED}


def _some(tags: set[str]) -> str:
    more = " ..." if len(tags) > _SHOWN else ""
    return ", ".join(sorted(tags)[:_SHOWN]) + more
