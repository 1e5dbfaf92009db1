"""Documents, and corpora with the parts train, dev and test."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from postagger.config import CorpusConfig
from postagger.corpora.sentences import TaggedSentence, as_sentences
from postagger.errors import DataError, brief
from postagger.registry import hint

PARTS = ("train", "dev", "test")


def check_part(name: object) -> None:
    """Checks that corpora have a part of this name.

    Raises:
        DataError: they do not.
    """
    if name not in PARTS:
        nearest = f"; {hint(name, PARTS)}" if isinstance(name, str) else ""
        raise DataError(f"a corpus has the parts {', '.join(PARTS)}, not {brief(name)}{nearest}")


@dataclass(frozen=True)
class Document:
    """One text of a corpus. Splits keep documents whole unless there are fewer than ten.

    Attributes:
        notes: what its reader left out or had to choose, as in ``a.tsv:1: left out the header row``.
    """

    name: str
    sentences: list[TaggedSentence]
    category: str = ""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        category = f", category {self.category!r}" if self.category else ""
        return f"<Document {self.name!r}: {len(self.sentences):,} sentences{category}>"


@dataclass(frozen=True)
class Corpus:
    """Tagged sentences in three parts.

    Attributes:
        name: the name or file that it was loaded by.
        train, dev, test: sentences for training, model selection and the final evaluation; each part may be
            empty. Other sequences, such as a slice of NLTK's ``treebank.tagged_sents()``, become lists, and
            a tag that is None or NaN becomes ``_``, no tag.
        traces: the number of dropped tokens that are not words (``-NONE-`` in the Penn treebank).
        documents: the texts that the sentences come from, in order; empty if they are unknown.
        loaded_from: the settings that it was loaded with, if any; see `settings`.
        others: the corpora of further columns of tags, with the same words; see `by_head`.

    Raises:
        DataError: the name is not a string, or a part does not contain lists of (word, tag) pairs; the first
            wrong sentence or token is named. Or another column has other words.
    """

    name: str
    train: list[TaggedSentence]
    dev: list[TaggedSentence]
    test: list[TaggedSentence]
    traces: int = 0
    documents: tuple[Document, ...] = ()
    loaded_from: CorpusConfig | None = None
    others: tuple[Corpus, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise DataError(f"a corpus's name must be a string, not {brief(self.name)}")
        for part in PARTS:
            given, where = getattr(self, part), f"the {part} part of {self.name!r}"
            sentences = as_sentences(given, where)
            if type(given) is not list or any(map(operator.is_not, given, sentences)):
                object.__setattr__(self, part, sentences)
            for other in self.others:
                _check_words(self.part(part), other.part(part), f"{where} in the column {other.head!r}")
        if len(self.by_head) <= len(self.others):
            raise DataError(
                f"two columns of {self.name!r} have a head of the same name: {', '.join(self.by_head)}"
            )

    def __repr__(self) -> str:
        sizes = ", ".join(
            f"{part} {len(self.part(part)):,} sentences ({sum(map(len, self.part(part))):,} tokens)"
            for part in PARTS
        )
        return f"<Corpus {self.name!r}:\n {sizes}>"

    @property
    def settings(self) -> CorpusConfig:
        """Its name, tag set, column and head, which a model trained on it stores."""
        return self.loaded_from or CorpusConfig(name=self.name or "corpus")

    @property
    def notes(self) -> tuple[str, ...]:
        """What the readers of its documents left out or had to choose, each once."""
        documents = itertools.chain.from_iterable(each.documents for each in (self, *self.others))
        return tuple(dict.fromkeys(note for document in documents for note in document.notes))

    @property
    def head(self) -> str:
        """The name of the head for its tags; with several columns, for those of the main one."""
        return self.settings.head_name

    @property
    def by_head(self) -> dict[str, Corpus]:
        """The corpus of each column, by the name of its head; the main one is this corpus."""
        return {each.head: each for each in (self, *self.others)}

    def part(self, name: str) -> list[TaggedSentence]:
        """The sentences of ``train``, ``dev`` or ``test``.

        Raises:
            DataError: there is no such part.
        """
        check_part(name)
        return {"train": self.train, "dev": self.dev, "test": self.test}[name]

    def document_names(self, part: str) -> list[str]:
        """The name of each sentence's document, for one part; an empty name if the document is unknown."""
        names = {id(sentence): text.name for text in self.documents for sentence in text.sentences}
        return [names.get(id(sentence), "") for sentence in self.part(part)]

    def folds(self, count: int) -> list[Corpus]:
        """Corpora for cross-validation by document: each document is in exactly one test part.

        A fold consists of consecutive documents; if there are categories, the documents of each are dealt to
        the folds in turn. In the k-th corpus, fold k is test, the next fold dev, and the rest train.

        Raises:
            DataError: `count` is not a whole number, is less than 3, or is more than the documents.
        """
        if self.others:
            columns = zip(
                *(each.folds(count) for each in (replace(self, others=()), *self.others)), strict=True
            )
            return [replace(first, others=tuple(others)) for first, *others in columns]
        if not isinstance(count, int) or isinstance(count, bool):
            raise DataError(f"the number of folds must be a whole number such as 10, not {brief(count)}")
        if count < 3:
            raise DataError(f"{count} folds are too few for train, dev and test: use 3 or more")
        if count > len(self.documents):
            raise DataError(
                f"{count} folds need at least {count} documents, but {self.name!r} has "
                f"{len(self.documents)}: use fewer folds"
            )
        if any(document.category for document in self.documents):
            by_category = sorted(self.documents, key=lambda document: document.category)
            dealt = [by_category[fold::count] for fold in range(count)]
        else:
            cuts = [len(self.documents) * fold // count for fold in range(count + 1)]
            dealt = [list(self.documents[a:b]) for a, b in itertools.pairwise(cuts)]
        folds = [
            [sentence for document in documents for sentence in document.sentences] for documents in dealt
        ]
        corpora = []
        for number, test in enumerate(folds):
            dev = (number + 1) % count
            rest = (folds[other] for other in range(count) if other not in (number, dev))
            train = list(itertools.chain.from_iterable(rest))
            corpora.append(replace(self, train=train, dev=folds[dev], test=test))
        return corpora


def _check_words(sentences: Sequence[TaggedSentence], others: Sequence[TaggedSentence], where: str) -> None:
    """
    Raises:
        DataError: the sentences of another column have other words; the first one is named.
    """
    if len(sentences) != len(others):
        raise DataError(f"{where} has {len(others)} sentences, not {len(sentences)}")
    for number, (sentence, other) in enumerate(zip(sentences, others, strict=True), 1):
        if [word for word, _ in sentence] != [word for word, _ in other]:
            raise DataError(f"{where}, sentence {number}: its words differ from those of the first column")


def as_corpus(corpus: Corpus | Iterable[TaggedSentence]) -> Corpus:
    """Returns a corpus as it is, and makes tagged sentences the training part of a new one.

    Raises:
        DataError: it is neither; the first wrong sentence or token is named.
    """
    if isinstance(corpus, Corpus):
        return replace(corpus)  # which checks all sentences again: its lists may have been changed
    return Corpus("sentences", as_sentences(corpus), [], [])
