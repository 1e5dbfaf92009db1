from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TextIO

from postagger.cli.parser import (
    Parser,
    add_column,
    add_dtype,
    add_head,
    add_lexicon,
    add_model,
    count,
    load_lexicon,
    load_tagger,
)
from postagger.errors import ConfigError, DataError

EXAMPLE = "echo 'The dog barks .' | postagger tag runs/lstm.safetensors"

ALL = "all"
"""The value of --head for all columns that the model was trained on."""


def add_options(parser: Parser) -> None:
    add_model(parser)
    add_dtype(parser)
    add_head(parser, "the main one; in CoNLL-U all columns that the model was trained on, as with all")
    add_lexicon(parser)
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        default="-",
        help="text, one sentence per line (default: stdin)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--tokenized", action="store_true", help="the text is tokenised, with spaces between tokens"
    )
    form.add_argument(
        "--conllu",
        action="store_true",
        help="fill in the tag columns of CoNLL-U, which is detected automatically otherwise",
    )
    add_column(parser)
    parser.add_argument(
        "--workers",
        type=count,
        default=1,
        metavar="N",
        help="threads that tag at the same time (default: 1)",
    )


def run(options: argparse.Namespace) -> None:
    """Tag text: plain, tokenized or CoNLL-U."""
    head, options.head = options.head, None
    tagger = load_tagger(options)
    every = head == ALL and ALL not in tagger.heads
    tagger = tagger if every else tagger.with_head(head)
    if every and options.lexicon is not None:
        raise ConfigError("--lexicon is for the tags of one head: name it with --head")
    lexicon = load_lexicon(options, tagger)

    from postagger.corpora.conllu import is_conllu
    from postagger.corpora.formats import peek
    from postagger.text.tag_text import TextFormat, fill_columns, tag_text

    form: TextFormat = "tokenized" if options.tokenized else "conllu" if options.conllu else "raw"
    corpus = tagger.config.corpus
    columns = {name: each.columns[0] for name, each in corpus.by_head.items()}
    column = options.column or tagger.config.corpus_of(head).columns[0]
    with _text(options.file) as text:
        interactive = options.file == "-" and sys.stdin.isatty()
        first, lines = ([], text) if interactive else peek(text)
        if form == "raw" and is_conllu(options.file, first):
            form = "conllu"
        if every and form != "conllu":
            raise ConfigError(
                f"--head all is for CoNLL-U; for other text, name one head: {', '.join(columns)}"
            )
        # At a terminal each line is tagged as soon as it is entered; elsewhere lines are read in batches.
        tag_sents = (
            (lambda sentences: map(partial(tagger.tag, lexicon=lexicon), sentences))
            if interactive
            else partial(tagger.tag_sents, lexicon=lexicon, workers=options.workers)
        )
        source = "standard input" if options.file == "-" else options.file
        fills_all = options.column is None and (every or head is None) and lexicon is None
        if form == "conllu" and fills_all and len(columns) > 1:
            tag_columns = partial(tagger.tag_columns, workers=options.workers)
            predictions = fill_columns(lines, tag_columns, source=source, columns=columns)
        else:
            predictions = tag_text(lines, tag_sents, form=form, source=source, column=column)
        for prediction in predictions:
            sys.stdout.write(prediction)
            if interactive:
                sys.stdout.flush()


@contextmanager
def _text(file: str) -> Iterator[TextIO]:
    from postagger.io import open_text

    if file != "-":
        with open_text(file) as lines:
            yield lines
        return
    try:
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"standard input is not UTF-8 text ({error.reason}): convert it to UTF-8") from None
