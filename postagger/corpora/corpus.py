"""The values that the corpora room hands on, and the one way in which documents become a split."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from postagger.config import CorpusConfig
from postagger.errors import DataError, brief
from postagger.registry import hint

TaggedSentence = list[tuple[str, str]]
"""``(token, tag)`` pairs, as NLTK holds them."""

UNTAGGED = "_"
"""In place of a tag: nobody has said what the tag is. Nothing is learnt from it, and it is not scored."""

PARTS = ("train", "dev", "test")
Parts = tuple[list[TaggedSentence], list[TaggedSentence], list[TaggedSentence]]
"""Train, dev and test."""

_PART_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("dev", "devel", "development", "valid", "validation", "val", "testa"), "dev"),
    **dict.fromkeys(("test", "testing", "testb"), "test"),
}
"""Words that name a part; ``testa`` and ``testb`` are CoNLL-2002's."""

_FEW_DOCUMENTS = 10


@dataclass(frozen=True)
class Document:
    """One text: the unit that a split never cuts, where a corpus says where its texts begin."""

    name: str
    sentences: list[TaggedSentence]
    category: str = ""

    def __repr__(self) -> str:
        category = f", category {self.category!r}" if self.category else ""
        return f"<Document {self.name!r}: {len(self.sentences):,} sentences{category}>"


@dataclass(frozen=True)
class Corpus:
    """Tagged sentences in three parts.

    Attributes:
        name: what `load_corpus` was asked for.
        train, dev, test: sentences to learn from, to choose on, to report on; each may be empty. Parts and
            sentences that are no lists, such as a slice of NLTK's ``treebank.tagged_sents()``, become some.
        traces: tokens dropped because they are no words (``-NONE-`` in the Penn treebank).
        documents: the texts whose sentences the parts hold, in their order; empty if that is not known.
        loaded_from: what it was loaded by, where it was; see `settings`.

    Raises:
        DataError: the name is no string, or a part does not hold lists of (word, tag) pairs. Of each sentence
            the first token is looked at; `as_corpus` looks at all.
    """

    name: str
    train: list[TaggedSentence]
    dev: list[TaggedSentence]
    test: list[TaggedSentence]
    traces: int = 0
    documents: tuple[Document, ...] = ()
    loaded_from: CorpusConfig | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise DataError(f"a corpus's name is a string, not {brief(self.name)}")
        for part in PARTS:
            sentences = getattr(self, part)
            where = f"the {part} part of {self.name!r}"
            if isinstance(sentences, list) and all(isinstance(sentence, list) for sentence in sentences):
                _check_first_tokens(sentences, where)
            else:
                object.__setattr__(self, part, as_sentences(sentences, where))

    def __repr__(self) -> str:
        sizes = ", ".join(
            f"{part} {len(self.part(part)):,} sentences ({sum(map(len, self.part(part))):,} tokens)"
            for part in PARTS
        )
        return f"<Corpus {self.name!r}:\n {sizes}>"

    @property
    def settings(self) -> CorpusConfig:
        """Its name, tag set, column and head: what a model that is trained on it keeps of it."""
        return self.loaded_from or CorpusConfig(name=self.name or "corpus")

    def part(self, name: str) -> list[TaggedSentence]:
        """The sentences of ``train``, ``dev`` or ``test``.

        Raises:
            DataError: there is no such part.
        """
        if name not in PARTS:
            nearest = f"; {hint(name, PARTS)}" if isinstance(name, str) else ""
            raise DataError(f"a corpus has the parts {', '.join(PARTS)}, not {brief(name)}{nearest}")
        return {"train": self.train, "dev": self.dev, "test": self.test}[name]

    def document_names(self, part: str) -> list[str]:
        """For each sentence of a part the name of its document; empty names where that is not known."""
        names = {id(sentence): text.name for text in self.documents for sentence in text.sentences}
        return [names.get(id(sentence), "") for sentence in self.part(part)]

    def folds(self, count: int) -> list[Corpus]:
        """Cross-validation by document: corpora of which each document is in one test part only.

        The documents are dealt out in runs of neighbours (in turns, within each category, where
        there are categories). Fold k is tested in the k-th corpus, the fold after it is dev, and the
        others are train.

        Raises:
            DataError: fewer than three folds, more folds than documents, or no whole number of them.
        """
        if not isinstance(count, int) or isinstance(count, bool):
            raise DataError(f"the number of folds is a whole number, such as 10, not {brief(count)}")
        if count < 3:
            raise DataError(f"{count} folds can't be train, dev and test: use 3 or more")
        if count > len(self.documents):
            raise DataError(
                f"{count} folds need as many documents, and {self.name!r} has {len(self.documents)}: "
                "use fewer"
            )
        if any(document.category for document in self.documents):
            by_category = sorted(self.documents, key=lambda document: document.category)
            dealt = [by_category[fold::count] for fold in range(count)]
        else:
            cuts = [len(self.documents) * fold // count for fold in range(count + 1)]
            dealt = [list(self.documents[a:b]) for a, b in itertools.pairwise(cuts)]
        folds = [_joined(documents) for documents in dealt]
        corpora = []
        for number, test in enumerate(folds):
            dev = (number + 1) % count
            rest = (folds[other] for other in range(count) if other not in (number, dev))
            train = list(itertools.chain.from_iterable(rest))
            corpora.append(replace(self, train=train, dev=folds[dev], test=test))
        return corpora


def as_corpus(corpus: Corpus | Iterable[TaggedSentence]) -> Corpus:
    """A corpus as it is given in Python: itself, or tagged sentences, which become its training part.

    Raises:
        DataError: it is neither; the first sentence and token that are none are named.
    """
    if isinstance(corpus, Corpus):
        for part in PARTS:
            as_sentences(corpus.part(part), f"the {part} part of {corpus.name!r}")
        return corpus
    return Corpus("sentences", as_sentences(corpus), [], [])


def as_sentences(sentences: Iterable[TaggedSentence], where: str = "") -> list[TaggedSentence]:
    """Tagged sentences as they are given in Python: in a list, a generator, one of NLTK's views.

    Lists of tuples are handed on as they are. Tokens may be lists of two strings, and become tuples.

    Args:
        where: what holds them, for messages.

    Raises:
        DataError: they are none; the first sentence and token that are none are named.
    """
    place = f"{where}, " if where else ""
    return [
        as_sentence(sentence, f"{place}sentence {number}")
        for number, sentence in enumerate(_iterable(sentences, where), 1)
    ]


def _iterable(sentences: object, where: str) -> Iterable[TaggedSentence]:
    """What may hold tagged sentences, or an error that says how to come by some."""
    if isinstance(sentences, str | Path) and not where:
        raise DataError(
            f"expected a corpus or tagged sentences, got {brief(str(sentences))}: load it first, "
            f"as in load_corpus({brief(str(sentences))})"
        )
    if isinstance(sentences, str | bytes | Mapping) or not isinstance(sentences, Iterable):
        expected = f"{where} is" if where else "expected a corpus, as load_corpus gives it, or"
        raise DataError(
            f"{expected} a list of sentences, each a list of (word, tag) pairs; got {brief(sentences)}"
        )
    return sentences


def _is_sentence(sentence: object) -> bool:
    """Whether it is a list of pairs of strings, which all of a corpus's sentences are."""
    return type(sentence) is list and all(
        type(token) is tuple and len(token) == 2 and isinstance(token[0], str) and isinstance(token[1], str)
        for token in sentence
    )


def as_sentence(sentence: object, place: str) -> TaggedSentence:
    """One tagged sentence as it is given in Python; a list of tuples is handed on as it is.

    Args:
        place: which sentence it is, for messages.

    Raises:
        DataError: it is not one; the token that is not a pair is named.
    """
    if _is_sentence(sentence):
        return sentence  # type: ignore[return-value]
    if isinstance(sentence, str | bytes | Mapping) or not isinstance(sentence, Iterable):
        raise DataError(f"{place} is {brief(sentence)}: expected a list of (word, tag) pairs")
    tokens = list(sentence)
    if isinstance(sentence, tuple) and len(tokens) == 2 and all(isinstance(part, str) for part in tokens):
        raise DataError(
            f"{place} is {brief(sentence)}, a token: expected a list of sentences, each a list of such "
            "pairs; put a single sentence into a list"
        )
    for number, token in enumerate(tokens, 1):
        whole = isinstance(token, tuple | list) and len(token) == 2
        if not whole or not all(isinstance(part, str) for part in token):
            raise DataError(
                f"{place}, token {number} is {brief(token)}: expected a (word, tag) pair of strings"
            )
    return [(word, tag) for word, tag in tokens]


def _check_first_tokens(sentences: Sequence[TaggedSentence], where: str) -> None:
    """A quick look at every sentence of a part, without a step for every token."""
    for number, sentence in enumerate(sentences, 1):
        if not _is_sentence(sentence[:1]):
            as_sentence(sentence, f"{where}, sentence {number}")


def is_tagged(sentences: Iterable[TaggedSentence]) -> bool:
    """Whether any token has a tag."""
    return any(tag != UNTAGGED for sentence in sentences for _, tag in sentence)


def split_documents(documents: Sequence[Document]) -> Parts:
    """Splits by document into train, dev and test: the same on every machine, no chance involved.

    - Documents that say themselves what they are (words such as ``train``, ``dev``, ``test`` in their names)
      are believed.
    - With categories, the second of every ten documents of each category is dev, the third test.
    - Otherwise the first 80 % of the documents are train, the next 10 % dev, the last 10 % test.
    - Fewer than ten documents are cut themselves, each into runs of 80, 10 and 10 % of its sentences.
    """
    named = _by_name(documents)
    if named is not None:
        return named
    if len(documents) < _FEW_DOCUMENTS:
        return _by_run(documents)
    if any(document.category for document in documents):
        return _by_category(documents)
    eight, nine = len(documents) * 8 // 10, len(documents) * 9 // 10
    return _joined(documents[:eight]), _joined(documents[eight:nine]), _joined(documents[nine:])


def _by_name(documents: Sequence[Document]) -> Parts | None:
    """The parts that the documents' names tell, or None; a missing dev part is train's last tenth."""
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
    """The part that a document's name tells, as ``en_ewt-ud-train.conllu`` does; None if it tells none, or two.

    The name of the file counts; if no word in it is the name of a part, the folder that it is in, and so on.
    """
    for place in reversed(re.split(r"[/\\]", name.lower())):
        parts = {_PART_NAMES[word] for word in re.findall(r"[^\W\d_]+", place) if word in _PART_NAMES}
        if parts:
            return parts.pop() if len(parts) == 1 else None
    return None


def _by_run(documents: Sequence[Document]) -> Parts:
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
