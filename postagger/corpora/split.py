"""Splits documents into train, dev and test."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from postagger.corpora.corpus import PARTS, Document
from postagger.corpora.sentences import TaggedSentence

Parts = tuple[list[TaggedSentence], list[TaggedSentence], list[TaggedSentence]]
"""Train, dev and test."""

_PART_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("dev", "devel", "development", "valid", "validation", "val", "testa"), "dev"),
    **dict.fromkeys(("test", "testing", "testb"), "test"),
}
"""Words in file names that name a part; ``testa`` and ``testb`` are CoNLL-2002's."""

_FEW_DOCUMENTS = 10


def split_documents(documents: Sequence[Document]) -> Parts:
    """Splits documents into train, dev and test, by the first of these rules that applies; nothing is random.

    - If every document's name contains a word such as ``train``, ``dev`` or ``test``, the names decide.
    - Fewer than ten documents are each cut into the first 80 %, the next 10 % and the last 10 % of their
      sentences.
    - With categories, the second of every ten documents of each category is dev, the third test.
    - Otherwise the first 80 % of the documents are train, the next 10 % dev, the last 10 % test.
    """
    named = _by_name(documents)
    if named is not None:
        return named
    if len(documents) < _FEW_DOCUMENTS:
        return _by_sentence(documents)
    if any(document.category for document in documents):
        return _by_category(documents)
    eight, nine = len(documents) * 8 // 10, len(documents) * 9 // 10
    return _joined(documents[:eight]), _joined(documents[eight:nine]), _joined(documents[nine:])


def _by_name(documents: Sequence[Document]) -> Parts | None:
    """Splits by names, or returns None; without dev documents, the last tenth of train is dev."""
    parts: dict[str, list[TaggedSentence]] = {part: [] for part in PARTS}
    for document in documents:
        part = part_named(document.name)
        if part is None:
            return None
        parts[part] += document.sentences
    if not parts["train"] or not parts["test"]:
        return None
    if not parts["dev"]:
        cut = len(parts["train"]) * 9 // 10
        parts["train"], parts["dev"] = parts["train"][:cut], parts["train"][cut:]
    return parts["train"], parts["dev"], parts["test"]


def part_named(name: str) -> str | None:
    """The part that a document's name contains, as in ``en_ewt-ud-train.conllu``; None for none or two.

    If the file's name contains none, its folder's name is searched, then that folder's parent, and so on.
    """
    for place in reversed(re.split(r"[/\\]", name.lower())):
        parts = {_PART_NAMES[word] for word in re.findall(r"[^\W\d_]+", place) if word in _PART_NAMES}
        if parts:
            return parts.pop() if len(parts) == 1 else None
    return None


def _by_sentence(documents: Sequence[Document]) -> Parts:
    train, dev, test = [], [], []
    for document in documents:
        eight, nine = len(document.sentences) * 8 // 10, len(document.sentences) * 9 // 10
        train += document.sentences[:eight]
        dev += document.sentences[eight:nine]
        test += document.sentences[nine:]
    return train, dev, test


def _by_category(documents: Sequence[Document]) -> Parts:
    parts: Parts = ([], [], [])
    seen: defaultdict[str, int] = defaultdict(int)
    for document in documents:
        place = seen[document.category] % 10
        seen[document.category] += 1
        parts[{1: 1, 2: 2}.get(place, 0)].extend(document.sentences)
    return parts


def _joined(documents: Sequence[Document]) -> list[TaggedSentence]:
    return [sentence for document in documents for sentence in document.sentences]
