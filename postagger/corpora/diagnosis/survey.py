"""A corpus with the counts that all checks share."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain
from pathlib import Path

from postagger.config import CorpusConfig
from postagger.corpora.corpus import PARTS, Corpus
from postagger.corpora.leakage import SHORTEST
from postagger.corpora.load import is_file, load_configured
from postagger.corpora.sentences import UNTAGGED, TaggedSentence, as_sentences
from postagger.errors import DataError, brief

Pair = tuple[str, str]
"""A word and its tag."""

_EXAMPLES = 3


class Survey:
    """A corpus with the counts that all checks share.

    Attributes:
        parts: the sentences of each part.
        pairs: the tokens of each part, counted by word and tag.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.parts: dict[str, list[TaggedSentence]] = {
            part: as_sentences(corpus.part(part), f"the {part} part of {corpus.name!r}") for part in PARTS
        }
        self.pairs: dict[str, Counter[Pair]] = {
            part: Counter(chain.from_iterable(sentences)) for part, sentences in self.parts.items()
        }

    # -- counts -------------------------------------------------------------------------------------

    @cached_property
    def all_pairs(self) -> Counter[Pair]:
        total: Counter[Pair] = Counter()
        for counts in self.pairs.values():
            total.update(counts)
        return total

    @cached_property
    def words(self) -> Counter[str]:
        return _summed((word, count) for (word, _), count in self.all_pairs.items())

    @cached_property
    def tags(self) -> Counter[str]:
        """Without the missing ones."""
        return _summed((tag, count) for (_, tag), count in self.all_pairs.items() if tag != UNTAGGED)

    @cached_property
    def tags_of(self) -> dict[str, Counter[str]]:
        """The tags of each part, without the missing ones."""
        return {
            part: _summed((tag, count) for (_, tag), count in pairs.items() if tag != UNTAGGED)
            for part, pairs in self.pairs.items()
        }

    @cached_property
    def train_words(self) -> set[str]:
        return {word for word, _ in self.pairs["train"]}

    @cached_property
    def shortest(self) -> int:
        """The length from which a sentence does not repeat another one by chance.

        It is `SHORTEST`, or less if most sentences are shorter, but two at least.
        """
        lengths = [len(sentence) for _, _, sentence in self.sentences()]
        return min(SHORTEST, max(2, statistics.median_low(lengths))) if lengths else SHORTEST

    def tokens(self, part: str) -> int:
        return self.pairs[part].total()

    def tagged(self, part: str) -> int:
        """The number of tokens with a tag."""
        return self.tags_of[part].total()

    def unknown(self, part: str) -> int:
        """The number of tokens whose word does not occur in train."""
        known = self.train_words
        return sum(count for (word, _), count in self.pairs[part].items() if word not in known)

    # -- places -------------------------------------------------------------------------------------

    def sentences(self) -> Iterator[tuple[str, int, TaggedSentence]]:
        """Every sentence, with its part and its position there, from 0."""
        for part, sentences in self.parts.items():
            for position, sentence in enumerate(sentences):
                yield part, position, sentence

    def place(self, part: str, position: int, token: int | None = None) -> str:
        """Where a sentence or a token is: in its document, if that is known, or else in its part.

        Args:
            position, token: of the sentence in the part and of the token in the sentence, from 0.
        """
        document, number = self._numbers.get(id(self.parts[part][position]), (part, position + 1))
        sentence = (
            f"sentence {number}" if len(self.corpus.documents) == 1 else f"{document}, sentence {number}"
        )
        return sentence if token is None else f"{sentence}, token {token + 1}"

    @cached_property
    def _numbers(self) -> dict[int, tuple[str, int]]:
        """The document and the number in it of each sentence, by the sentence's id."""
        return {
            id(sentence): (document.name, number)
            for document in self.corpus.documents
            for number, sentence in enumerate(document.sentences, 1)
        }

    def examples(self, pairs: Mapping[Pair, int], *, tags: bool = True) -> str:
        """The most frequent of these pairs, each with the place where it is first.

        Args:
            tags: whether to show the tags too.
        """
        wanted = {pair for pair, _ in Counter(pairs).most_common(_EXAMPLES)}
        found: dict[Pair, str] = {}
        for part, position, sentence in self.sentences():
            if len(found) == len(wanted):
                break
            for token, pair in enumerate(sentence):
                if pair in wanted and pair not in found:
                    found[pair] = self.place(part, position, token)
        shown = [
            f"{brief(word)}{f' tagged {brief(tag)}' if tags else ''} ({place})"
            for (word, tag), place in found.items()
        ]
        return ", ".join(shown) + (" ..." if len(pairs) > len(wanted) else "")

    # -- columns ------------------------------------------------------------------------------------

    @property
    def column(self) -> str:
        """``upos`` or ``xpos`` if the tags are from CoNLL-U, or else an empty name."""
        settings = self.corpus.loaded_from
        if settings is None or settings.column not in ("upos", "xpos"):
            return ""
        named = any(file.lower().removesuffix(".gz").endswith(".conllu") for file in _files(settings))
        return settings.column if named or self.other_column is not None else ""

    @cached_property
    def other_column(self) -> list[TaggedSentence] | None:
        """The sentences of all parts with the tags of CoNLL-U's other column, if that has other tags.

        None if it has the same tags or none, or the corpus is not from CoNLL-U. The files are read when this
        is first asked for.
        """
        settings = self.corpus.loaded_from
        if settings is None or settings.column not in ("upos", "xpos") or not _can_be_read_again(settings):
            return None
        other = "upos" if settings.column == "xpos" else "xpos"
        try:
            found = load_configured(settings.model_copy(update={"column": other}))
        except DataError:
            return None
        theirs = [sentence for part in PARTS for sentence in found.part(part)]
        ours = [sentence for _, _, sentence in self.sentences()]
        return None if theirs == ours or _words(theirs) != _words(ours) else theirs


def _files(settings: CorpusConfig) -> list[str]:
    """The files of a corpus; none if it has a name."""
    if settings.train is None:
        return [settings.name] if is_file(settings.name) else []
    given = (settings.train, settings.dev, settings.test)
    return [file for each in given if each for file in ((each,) if isinstance(each, str) else each)]


def _can_be_read_again(settings: CorpusConfig) -> bool:
    """Whether it is the sample or files; not a corpus of NLTK's, and not pipes."""
    files = _files(settings)
    pipes = [file for file in files if Path(file).exists() and not Path(file).is_file()]
    return not pipes and (bool(files) or settings.name == "sample")


def _words(sentences: Iterable[TaggedSentence]) -> list[list[str]]:
    return [[word for word, _ in sentence] for sentence in sentences]


def _summed(counts: Iterable[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for name, count in counts:
        total[name] += count
    return total
