from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from postagger.cli.heads import load_heads
from postagger.cli.output import say
from postagger.cli.parser import (
    Parser,
    add_column,
    add_dtype,
    add_head,
    add_lexicon,
    add_model,
    count,
    load_lexicon,
)
from postagger.errors import ConfigError, DataError

if TYPE_CHECKING:
    from postagger.tagger import Ensemble, Tagger
    from postagger.text.layouts import TextFormat
    from postagger.text.tag_text import TagSentences

EXAMPLE = "echo 'The dog barks.' | postagger tag --head upos"

_FORMATS = ("raw", "tokenized", "vertical", "conllu", "json")
_FORMAT_HELP = """\
raw: text to be split into sentences and tokens; tokenized: a sentence per line, with spaces between tokens;
vertical: a word per line, in the first of its columns, and an empty line after each sentence (gives
word<TAB>TAG lines); conllu: CoNLL-U, whose tag column is filled in; json: JSON lines with "text" or "tokens"
("tokens" and "tags" are added, and "offsets" and "sentences" for a text); default: raw, unless the first
lines are clearly one of the last three"""

_SENTENCES = ("line", "split", "paragraph")
_SENTENCES_HELP = """\
where sentences are in raw text: line: each line is one; split: a line may hold several, and each is written
as a line; paragraph: they run across lines and end at empty lines; default: as the model's config says:
split"""
_TOKENS = ("ptb", "ud", "unicode")
_TOKENS_HELP = """\
rules for tokens in raw text: of the Penn treebank, of Universal Dependencies for English, or of Unicode for
other languages; default: those of the model"""


def add_options(parser: Parser) -> None:
    add_model(parser, nargs="?")
    add_dtype(parser)
    add_head(
        parser,
        "that of --column; else all in CoNLL-U, and the main one in other text",
        more="; 'all' fills in all columns of CoNLL-U that the model was trained on",
    )
    add_lexicon(parser)
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="text, raw or in another format (default: stdin)",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", dest="form", choices=_FORMATS, help=" ".join(_FORMAT_HELP.split()))
    for name in ("tokenized", "conllu"):
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, help=f"short for --format {name}"
        )
    parser.add_argument("--sentences", choices=_SENTENCES, help=" ".join(_SENTENCES_HELP.split()))
    parser.add_argument("--tokens", choices=_TOKENS, help=" ".join(_TOKENS_HELP.split()))
    add_column(parser)
    parser.add_argument(
        "--workers",
        type=count,
        default=1,
        metavar="N",
        help="threads that tag at the same time (default: 1)",
    )


def run(options: argparse.Namespace) -> None:
    """Tag text: plain, tokenized, vertical, CoNLL-U or JSON lines."""
    _sort_out_arguments(options)
    tagger, every = load_heads(options, _place)

    from postagger.io import clean_lines
    from postagger.text.detect import detect
    from postagger.text.lines import Lines
    from postagger.text.tag_text import tag_text
    from postagger.text.tokenize import tokenizer

    source = "standard input" if options.file == "-" else options.file
    with _opened(options.file) as binary:
        # What is tagged is written out before more text is waited for: a program may be waiting for it.
        arriving = Lines(binary, source, before_waiting=sys.stdout.flush)
        regular = options.file != "-" and Path(options.file).is_file()
        must_wait = (lambda: False) if regular else arriving.must_wait
        lines = clean_lines(arriving, source)
        form = options.form
        if form is None:
            form, lines = detect(lines, options.file, must_wait)
        tag_sents, column = _how(tagger, options, form, every=every)
        if form in ("raw", "json"):
            tag_sents = _watching(tag_sents, tagger)
        predictions = tag_text(
            lines,
            tag_sents,
            form=form,
            source=source,
            tokens=tokenizer(options.tokens or tagger.token_rules),
            sentences=options.sentences or tagger.config.text.sentences,
            column=column,
            vertical=form in ("raw", "tokenized") and _is_ambiguous(tagger),
            must_wait=must_wait,
        )
        sys.stdout.writelines(predictions)


def _sort_out_arguments(options: argparse.Namespace) -> None:
    """Sets the model and the file if one is not named: of a single argument, tells which of them it is."""
    from postagger.shipped import SHIPPED, is_model

    if options.file is None and options.model is not None and not is_model(options.model):
        options.model, options.file = None, options.model
    options.model = SHIPPED if options.model is None else options.model
    options.file = "-" if options.file is None else options.file


def _how(
    tagger: Tagger | Ensemble, options: argparse.Namespace, form: TextFormat, *, every: bool
) -> tuple[TagSentences, str | dict[str, str]]:
    """The function that tags, and the column of CoNLL-U to fill in, or those of several heads.

    Args:
        every: whether the tags of all heads are asked for.

    Raises:
        ConfigError: all heads are asked for, but the text is not CoNLL-U.
        DataError: the lexicon is wrong.
    """
    by_head = tagger.config.corpus.by_head
    columns = {name: each.columns[0] for name, each in by_head.items() if name in tagger.heads}
    if every and form != "conllu":
        advice = f"name one head: {', '.join(columns)}" if columns else "leave it out"
        raise ConfigError(f"--head all is for CoNLL-U; for other text, {advice}")
    lexicon = load_lexicon(options, tagger)
    no_choice = options.head is None and options.column is None and lexicon is None
    if no_choice and form == "conllu" and len(columns) > 1:
        return partial(tagger.tag_columns, workers=options.workers), columns
    column = options.column or tagger.config.corpus_of(options.head).columns[0]
    return partial(tagger.tag_sents, lexicon=lexicon, workers=options.workers), column


def _watching(tag_sents: TagSentences, tagger: Tagger | Ensemble) -> TagSentences:
    """The function that tags, which also says if the text is in a script that training never saw."""
    from postagger.text.style import ScriptWatch

    watch = ScriptWatch(tagger.scripts, say)
    return lambda sentences: tag_sents(watch(sentences))


def _place(column: str) -> int | str:
    """The column of CoNLL-U with this name or number; the name itself if there is none."""
    from postagger.corpora.columns import conllu_column

    try:
        return conllu_column(column)
    except DataError:
        return column


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    from postagger.io import open_binary

    if file == "-":
        if sys.stdin is None:
            raise DataError("stdin is closed: name a file to tag")
        yield sys.stdin.buffer
        return
    with open_binary(file) as binary:
        yield binary


def _is_ambiguous(tagger: Tagger | Ensemble) -> bool:
    """Whether a tag can't be told from its word in ``word/TAG``; if so, says that the output is vertical."""
    tag = next((tag for tag in tagger.tagset if re.search(r"[\s/]", tag)), None)
    if tag is None:
        return False
    say(f"writing word<TAB>TAG lines, because word/TAG is not clear with tags such as {tag!r}")
    return True
