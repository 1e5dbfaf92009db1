"""``postagger explain --nearest``: the training tokens that looked the same."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from postagger.cli.output import say_notes
from postagger.cli.parser import Parser, add_column, add_corpus_source, count
from postagger.errors import ConfigError

if TYPE_CHECKING:
    from postagger.corpora import TaggedSentence
    from postagger.explain import NearestContexts
    from postagger.tagger import Tagger

_K = 5


def add_nearest(parser: Parser) -> None:
    parser.add_argument(
        "--nearest",
        metavar="CORPUS",
        help="show the training tokens that looked most like each word to the network, of the train part of "
        "this corpus, or of all of a file",
    )
    parser.add_argument(
        "--k", type=count, metavar="N", help=f"how many of them for each word (default: {_K})"
    )
    add_column(parser)
    add_corpus_source(parser)


def check_nearest(options: argparse.Namespace) -> None:
    """
    Raises:
        ConfigError: an option about the corpus comes without one.
    """
    given = {
        "--k": options.k,
        "--column": options.column,
        "--tagset": options.tagset,
        "--reader": options.reader,
        "--nltk-data": options.nltk_data,
    }
    wrong = next((name for name, value in given.items() if value is not None), None)
    if options.nearest is None and wrong is not None:
        raise ConfigError(f"{wrong} is about the corpus of --nearest: name one, or leave {wrong} out")


class Neighbourhood:
    """Finds the neighbours of words in the corpus of --nearest."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._loaded: dict[tuple[object, ...], list[TaggedSentence]] = {}

    def find(
        self, tagger: Tagger, words: Sequence[str], positions: Sequence[int]
    ) -> list[NearestContexts] | None:
        """The nearest training tokens of words; None if nobody has asked for them.

        Raises:
            DataError: the corpus can't be read, or has none of the tagger's tags.
            ConfigError: the model has no hidden layer.
        """
        if self._options.nearest is None:
            return None
        k = self._options.k or _K
        return tagger.nearest_of_words(words, self._sentences(tagger), positions, k)

    def _sentences(self, tagger: Tagger) -> list[TaggedSentence]:
        """The sentences, with tags as the tagger's head has learned them; two taggers may share them."""
        from postagger.corpora import is_file, load_corpus, load_files

        options, learned = self._options, tagger.config.corpus_of(tagger.head)
        settings: dict[str, Any] = {
            "tagset": options.tagset or learned.tagset,
            "column": options.column or learned.columns[0],
            "nltk_data": options.nltk_data or learned.nltk_data,
            "reader": options.reader,  # never the model's: a model file must not import code
        }
        key = tuple(settings.values())
        if key not in self._loaded:
            if is_file(options.nearest):
                corpus = load_files(test=options.nearest, **settings)
                self._loaded[key] = corpus.test
            else:
                corpus = load_corpus(options.nearest, **settings)
                self._loaded[key] = corpus.train
            say_notes(corpus)
        return self._loaded[key]


def nearest_lines(found: NearestContexts) -> Iterator[str]:
    """The neighbours of a word, their own words below each other."""
    yield (
        f"{found.words[found.position]!r}, word {found.position + 1}, is {found.tag}; "
        f"of the {len(found.neighbours)} training tokens that looked most like it {found.agreeing} "
        f"{'is' if found.agreeing == 1 else 'are'} {found.tag}:"
    )
    before = max((len(" ".join(each.before)) for each in found.neighbours), default=0)
    width = max((len(each.tag) for each in found.neighbours), default=0)
    for each in found.neighbours:
        yield (
            f"  {each.similarity:.3f}  {each.tag:{width}}  {' '.join(each.before):>{before}} "
            f"[{each.word}] {' '.join(each.after)}"
        ).rstrip()


def nearest_json(found: NearestContexts) -> dict[str, Any]:
    """As a part of an explanation."""
    return {
        "nearest": [asdict(each) for each in found.neighbours],
        "nearest_with_this_tag": found.agreeing,
    }
