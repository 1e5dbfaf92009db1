from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from postagger.cli.challenge import CHALLENGE, run_challenge
from postagger.cli.heads import load_heads
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

if TYPE_CHECKING:
    from postagger.evaluation import Evaluation

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
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Score a tagger on a corpus or a file."""
    tagger, _ = load_heads(options)
    if options.corpus == CHALLENGE:
        run_challenge(options, tagger)
        return

    from postagger.corpora import is_file, load_corpus, load_files
    from postagger.evaluation import as_table

    head = options.head
    lexicon = load_lexicon(options, tagger)
    corpus_config = tagger.config.corpus_of(head)
    has_columns = options.corpus == "sample" or is_file(options.corpus)
    columns = tagger.config.corpus.columns if head is None and has_columns else corpus_config.columns[:1]
    settings: dict[str, Any] = {
        "tagset": options.tagset or corpus_config.tagset,
        "column": options.column or list(columns),
        "nltk_data": options.nltk_data or corpus_config.nltk_data,
        "reader": options.reader,  # never the model's: a model file must not import code
    }
    if is_file(options.corpus) and options.split is None:
        corpus, split, part = load_files(test=options.corpus, **settings), "all", "test"
    else:
        part = split = options.split or "test"
        corpus = load_corpus(options.corpus, **settings)
    say_notes(corpus)
    scores = (
        tagger.evaluate_columns(corpus, part)
        if lexicon is None
        else {head or tagger.head: tagger.evaluate_on(corpus, part, lexicon=lexicon)}
    )
    for name, score in scores.items():
        _say_unknown_tags(score, f"{name}: " if len(scores) > 1 else "")
    if options.json:
        print_json(as_json_of_heads(scores, corpus=corpus.name, split=split, model=options.model))
        return
    titles = titles_of(scores, corpus, split, tagger)
    show("\n\n".join(as_table(score, title=titles[name]) for name, score in scores.items()))


def _say_unknown_tags(score: Evaluation, title: str) -> None:
    """Warns if most of the gold tags are not in the tag set; the line begins with the title."""
    unknown_tags = sum(score.unseen_tags.values())
    if 2 * unknown_tags > score.tokens.total:
        names = ", ".join(tag for tag, _ in score.unseen_tags.most_common(5))
        say(
            f"{title}{100 * unknown_tags / score.tokens.total:.0f} % of the gold tags are not in the "
            f"tagger's tag set ({names}): check --column, --tagset and --head"
        )
