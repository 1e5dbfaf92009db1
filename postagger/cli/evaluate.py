from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any

from postagger.cli.challenge import CHALLENGE, run_challenge
from postagger.cli.evaluation_page import add_html, check_html, write_html
from postagger.cli.heads import column_of, load_heads
from postagger.cli.output import as_json_of_heads, print_json, say, say_notes, show, titles_of
from postagger.cli.parser import (
    Parser,
    add_column,
    add_corpus_source,
    add_dtype,
    add_head,
    add_json,
    add_lexicon,
    add_model,
    load_lexicon,
)
from postagger.errors import ConfigError, DataError

if TYPE_CHECKING:
    from postagger.corpora import Corpus
    from postagger.evaluation import Evaluation
    from postagger.features import TagDictionary
    from postagger.tagger import Ensemble, Tagger

_OF_THE_SAMPLE = ("xpos", "upos")
"""The columns of tags that the sample treebank has."""

EXAMPLE = "postagger evaluate runs/lstm.safetensors treebank --split dev"


def add_options(parser: Parser) -> None:
    add_model(parser)
    add_dtype(parser)
    add_head(
        parser,
        "that of --column; else its main corpus's, or all if it was trained on several columns",
        more="; 'all' scores all columns that the model was trained on",
    )
    add_lexicon(parser)
    parser.add_argument(
        "corpus",
        metavar="CORPUS",
        help="a corpus by name (treebank, brown, sample ...), or a file; or challenge, the set of minimal "
        "pairs that comes with the package",
    )
    parser.add_argument(
        "--split", choices=("train", "dev", "test"), help="which part (default: test, or all of a file)"
    )
    add_column(parser)
    add_corpus_source(parser)
    add_html(parser)
    parser.add_argument(
        "--predictions",
        metavar="FILE",
        help="write every token there with its gold tag, its predicted tag and that one's probability; the "
        "name ends in .tsv, .conllu or .jsonl, or one of these and .gz",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Score a tagger on a corpus or a file."""
    check_html(options)
    _check_predictions(options.predictions)
    tagger, _ = load_heads(options)
    if options.corpus == CHALLENGE:
        run_challenge(options, tagger)
        return

    from postagger.cli.learned_from import learned_from
    from postagger.evaluation import as_table

    lexicon = load_lexicon(options, tagger)
    tagger, corpus, split = load_gold(options, tagger, "test")
    if split == "all" and (told := learned_from(tagger, options.corpus, sum(map(len, corpus.test)))):
        say(told)
    part = "test" if split == "all" else split
    scores = (
        tagger.evaluate_columns(corpus, part)
        if lexicon is None
        else {tagger.head: tagger.evaluate_on(corpus, part, lexicon=lexicon)}
    )
    for name, score in scores.items():
        _say_unknown_tags(score, f"{name}: " if len(scores) > 1 else "")
    write_html(options, tagger, corpus, split, scores, lexicon)
    if options.predictions is not None:  # before the table: who reads that may stop before its end
        _write_predictions(options.predictions, tagger, corpus, part, list(scores), lexicon)
    if options.json:
        print_json(as_json_of_heads(scores, corpus=corpus.name, split=split, model=options.model))
    else:
        titles = titles_of(scores, corpus, split, tagger)
        show("\n\n".join(as_table(score, title=titles[name]) for name, score in scores.items()))


def load_gold(
    options: argparse.Namespace, tagger: Tagger | Ensemble, split: str
) -> tuple[Tagger | Ensemble, Corpus, str]:
    """Loads the corpus to score a tagger on.

    Args:
        split: the part to use of a corpus, unless --split names one. Of a file it is all, as the part test.

    Returns:
        The tagger, with another head if the corpus has but one column of tags, which are those of that head;
        the corpus; and the name of the part, or ``all``.
    """
    from postagger.corpora import is_file
    from postagger.corpora.load import SameColumnError

    split = options.split or ("all" if is_file(options.corpus) else split)
    try:
        corpus = _load(options, split, tagger, options.head)
    except SameColumnError:
        if options.column is not None:
            raise
        corpus = _load(options, split, tagger, tagger.head)
        tagger = tagger.with_head(_head_for(corpus, "test" if split == "all" else split, tagger))
        say(f"{options.corpus} has one column of tags, so one head is scored: {tagger.head}")
    say_notes(corpus)
    return tagger, corpus, split


def _check_predictions(path: str | None) -> None:
    """
    Raises:
        ConfigError: predictions can't be written there, or in no known format.
    """
    if path is None:
        return
    if path == "-":
        raise ConfigError("--predictions - is no file: the scores are on stdout already, so name a file")
    from postagger.evaluation import check_predictions_path

    check_predictions_path(path)


def _write_predictions(
    path: str,
    tagger: Tagger | Ensemble,
    corpus: Corpus,
    part: str,
    heads: list[str],
    lexicon: TagDictionary | None,
) -> None:
    from postagger.evaluation import write_predictions

    columns = {head: column_of(tagger, head) for head in heads}
    tokens = tagger.scored_tokens(corpus, part, heads=heads, lexicon=lexicon)
    write_predictions(path, tokens, columns=columns)
    say(f"written: {path}")


def _load(options: argparse.Namespace, split: str, tagger: Tagger | Ensemble, head: str | None) -> Corpus:
    """The corpus; for the split ``all``, a file as its test part.

    Args:
        head: the one whose column is read; None for all.
    """
    from postagger.corpora import is_file, load_corpus, load_files

    corpus_config = tagger.config.corpus_of(head)
    has_columns = options.corpus == "sample" or is_file(options.corpus)
    columns = tagger.config.corpus.columns if head is None and has_columns else corpus_config.columns[:1]
    if options.corpus == "sample" and len(columns) > 1:
        columns = tuple(column for column in columns if column in _OF_THE_SAMPLE) or columns
    settings: dict[str, Any] = {
        "tagset": options.tagset or corpus_config.tagset,
        "column": options.column or list(columns),
        "nltk_data": options.nltk_data or corpus_config.nltk_data,
        "reader": options.reader,  # never the model's: a model file must not import code
    }
    try:
        if split == "all":
            return load_files(test=options.corpus, **settings)
        return load_corpus(options.corpus, **settings)
    except DataError as error:
        reader = tagger.config.corpus.reader
        if reader is None or options.reader is not None or not is_file(options.corpus):
            raise
        told = f"the model learned from files of the reader {reader}: --reader {reader}"
        raise DataError(f"{error}; {told}") from None


def _head_for(corpus: Corpus, part: str, tagger: Tagger | Ensemble) -> str:
    """The head whose tags those of a corpus are: the selected one, unless most are unknown to it alone."""
    tags = Counter(tag for sentence in corpus.part(part) for _, tag in sentence)

    def known(head: str) -> int:
        return sum(count for tag, count in tags.items() if tag in tagger.heads[head])

    best = max(tagger.heads, key=known)
    return best if 2 * known(tagger.head) < known(best) else tagger.head


def _say_unknown_tags(score: Evaluation, title: str) -> None:
    """Warns if most of the gold tags are not in the tag set; the line begins with the title."""
    unknown_tags = sum(score.unseen_tags.values())
    if 2 * unknown_tags > score.tokens.total:
        names = ", ".join(tag for tag, _ in score.unseen_tags.most_common(5))
        say(
            f"{title}{100 * unknown_tags / score.tokens.total:.0f} % of the gold tags are not in the "
            f"tagger's tag set ({names}): check --column, --tagset and --head"
        )
