from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from postagger.cli.heads import load_heads
from postagger.cli.output import say_name
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
from postagger.errors import ConfigError, DataError, ModelFileError
from postagger.io import check_name

EXAMPLE = "echo 'The dog barks.' | postagger tag --head upos"

_FORMATS = ("raw", "tokenized", "vertical", "conllu", "json")
_FORMAT_HELP = """\
how the text is written: raw: as people write; it is split into sentences and tokens; tokenized: a sentence
per line, with spaces between tokens;
vertical: a word per line, in the first of its columns, and an empty line after each sentence (gives
word<TAB>TAG lines); conllu: CoNLL-U, whose tag column is filled in; json: JSON lines with "text" or "tokens"
("tokens" and "tags" are added, and "offsets" and "sentences" for a text); default: raw, unless the first
lines are clearly one of the last three, or the file is Parquet"""

_SENTENCES = ("line", "split", "paragraph")
_SENTENCES_HELP = """\
where sentences are in raw text: line: each line is one; split: a line may hold several, and each is written
as a line; paragraph: they run across lines, as in wrapped text, and empty lines end them; default: what the
model's config says, which is split unless it was changed"""
_TOKENS = ("ptb", "ud", "unicode")
_TOKENS_HELP = """\
how raw text is split into tokens: by the rules of the Penn treebank (ptb), of Universal Dependencies for
English (ud), or of Unicode, for other languages; default: as the text was that the model learned from"""


_TO = ("slashes", "vertical", "conllu", "json", "parquet")
_TO_HELP = """\
how to write the result: slashes: word/TAG, a sentence per line; vertical: word<TAB>TAG, a word per line;
conllu: CoNLL-U, with all columns that the model was trained on; json: JSON lines; parquet: Parquet, a row for
each object that JSON would have; default: slashes for raw and tokenized text, json for Parquet on stdout,
parquet if the name of the output ends in .parquet, else the format of the text"""

_OUTPUT_HELP = """\
file to write, when all is tagged, gzipped if its name ends in .gz; or folder to write an output to for each
file (if it is a folder already, ends in /, or has no suffix and there are several files); what was tagged
there before is skipped if nothing has changed; default: stdout"""
_FIELD_HELP = """\
field with the text in JSON lines (default: text), column with the text in CSV or TSV with a header, which is
written as JSON lines, or column with texts or lists of tokens in Parquet"""

_INPUT_HELP = """\
more files: a pattern of their names, as in 'corpus/*.parquet' or 'texts/**/*.txt'; may be repeated"""
_WORKERS_HELP = """\
processes that tag several files at the same time, each to an output in a folder (-o); else threads (default:
1; with --engine ray, the number of actors, default: 2)"""
_ENGINE_HELP = """\
ray: tag the files, each to an output in a folder (-o), with actors of Ray, here or on the cluster of the
environment variable RAY_ADDRESS, whose machines must all find the files (default: local)"""


def add_options(parser: Parser) -> None:
    add_model(parser, nargs="?")
    add_dtype(parser)
    add_head(
        parser,
        "that of --column; else all in CoNLL-U, and the main one in other text",
        more="; 'all' writes all columns that the model was trained on (in CoNLL-U, vertical text and JSON)",
    )
    add_lexicon(parser)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="text, raw or in another format, or a folder of such files; - is stdin (default: stdin)",
    )
    parser.add_argument(
        "--input", metavar="PATTERN", action="append", default=[], help=_one_line(_INPUT_HELP)
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", dest="form", choices=_FORMATS, help=_one_line(_FORMAT_HELP))
    for name in ("tokenized", "conllu"):
        form.add_argument(
            f"--{name}", dest="form", action="store_const", const=name, help=f"short for --format {name}"
        )
    parser.add_argument("--sentences", choices=_SENTENCES, help=_one_line(_SENTENCES_HELP))
    parser.add_argument("--tokens", choices=_TOKENS, help=_one_line(_TOKENS_HELP))
    parser.add_argument("--field", metavar="NAME", help=_one_line(_FIELD_HELP))
    add_column(parser)
    parser.add_argument("--to", choices=_TO, help=_one_line(_TO_HELP))
    _add_confidence(parser)
    parser.add_argument("-o", "--output", metavar="PATH", help=_one_line(_OUTPUT_HELP))
    parser.add_argument("--workers", type=count, metavar="N", help=_one_line(_WORKERS_HELP))
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help=_one_line(_ENGINE_HELP))


def _add_confidence(parser: Parser) -> None:
    parser.add_argument(
        "--probabilities",
        action="store_true",
        help="write the probability of each tag (in JSON, vertical text and CoNLL-U)",
    )
    parser.add_argument(
        "--top",
        type=count,
        default=0,
        metavar="N",
        help="write the N most probable tags with their probabilities (in JSON and vertical text)",
    )
    parser.add_argument(
        "--min-confidence",
        type=_probability,
        default=0.0,
        metavar="P",
        help="write _ instead of tags less probable than P, in 0..1",
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _probability(text: str) -> float:
    """Parses a number in 0..1; anything else is a usage error."""
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not in 0..1")
    return number


def run(options: argparse.Namespace) -> int:
    """Tag text: plain, tokenized, vertical, CoNLL-U, JSON lines or tables."""
    _sort_out_arguments(options)
    say_name(options.output)
    tagger, options.every = load_heads(options, _place)

    from postagger.cli.tag_files import tag_files
    from postagger.cli.tag_stream import Stream

    return tag_files(Stream(tagger, options, load_lexicon(options, tagger)), options)


def _sort_out_arguments(options: argparse.Namespace) -> None:
    """Sets the model and the files if they are not named: tells whether the first argument is a model.

    Of several arguments, one that does not exist stands for a model, which is then reported as missing.

    Raises:
        ConfigError: a model is among the files.
    """
    from postagger.shipped import SHIPPED, is_model

    first = options.model
    if first is not None:
        check_name(first, ModelFileError)
        _check_order(first, options.files)
        missing = first != "-" and not Path(first).is_file()
        if not is_model(first) and not (missing and (options.files or _is_meant_as_model(first))):
            options.model, options.files = None, [first, *options.files]
    options.model = SHIPPED if options.model is None else options.model
    options.files = options.files or ([] if options.input else ["-"])
    options.workers = options.workers or (2 if options.engine == "ray" else 1)


def _check_order(first: str, files: list[str]) -> None:
    """Checks that no model comes after the first argument.

    Raises:
        ConfigError: one does.
    """
    from postagger.shipped import SHIPPED, is_model, is_model_file

    for file in files:
        if is_model_file(file) or (file == SHIPPED and not Path(file).exists()):
            if is_model(first) and not Path(first).is_dir():
                raise ConfigError(f"{first} and {file} are both models: name one, or a folder of models")
            others = [each for each in (first, *files) if each != file]
            raise ConfigError(
                f"{file} is a model, which comes first: {shlex.join(['postagger', 'tag', file, *others])}"
            )


def _is_meant_as_model(name: str) -> bool:
    """Whether a name of nothing that exists probably means a model, or a config."""
    from postagger.shipped import meant_model

    if Path(name).exists():
        return False
    if meant_model(name) is not None:
        return True
    from postagger.config.load import is_config

    return is_config(name)


def _place(column: str) -> int | str:
    """The column of CoNLL-U with this name or number; the name itself if there is none."""
    from postagger.corpora.columns import conllu_column

    try:
        return conllu_column(column)
    except DataError:
        return column
