"""The command line: parse, call, print.

Results go to stdout, everything else to stderr. Exit status: 0 done, 1 failed, 2 wrong usage or
config, 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from postagger.errors import ConfigError, DataError, PostaggerError

if TYPE_CHECKING:
    from postagger.config import Config
    from postagger.corpora import Corpus
    from postagger.tagger import Tagger
    from postagger.training import EpochRecord


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
        sys.stdout.flush()
    except ConfigError as error:
        return _complain(error, 2)
    except PostaggerError as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a full disk, a failing device
        return _complain(error, 1)
    return 0


def train(options: argparse.Namespace) -> None:
    """Trains a tagger, reports on dev and test, and saves it."""
    from postagger.config import load_config
    from postagger.evaluation import as_json, as_table
    from postagger.model_file import check_writable
    from postagger.tagger import Tagger
    from postagger.training import MetricsLog, choose_device

    config = load_config(options.config, options.set)
    path = Path(options.output or Path("runs") / f"{Path(options.config).stem}.safetensors")
    device = choose_device(config.training.device)
    corpus = _load_for_training(config)
    check_writable(path)
    traces = f", {corpus.traces:,} traces dropped" if corpus.traces else ""
    _say(
        f"{corpus.name}: {len(corpus.train):,} / {len(corpus.dev):,} / {len(corpus.test):,} sentences{traces}"
    )
    _say(f"training a {config.model.kind} tagger on {device}, seed {config.training.seed}")
    with MetricsLog(path.with_suffix(".metrics.jsonl")) as log:

        def on_epoch(record: EpochRecord) -> None:
            log.write(record.__dict__)
            dev = "" if record.dev_accuracy is None else f"   dev {100 * record.dev_accuracy:.2f} %"
            _say(f"epoch {record.epoch:3}   loss {record.loss:.4f}{dev}   {record.seconds:.1f} s")

        start = time.perf_counter()
        tagger = Tagger.train(corpus, config, on_epoch=on_epoch, progress=True)
        seconds = time.perf_counter() - start
        scores = {
            split: tagger.evaluate_on(corpus, split) for split in ("dev", "test") if any(corpus.part(split))
        }
        for split, score in scores.items():
            tagger.history[f"{split}_accuracy"] = score.tokens.value
        tagger.save(path)
        log.write({"seconds": seconds, **tagger.history})
    result = {
        "model": str(path),
        "seed": config.training.seed,
        "seconds": seconds,
        "parameters": tagger.network.parameter_count,
        **{
            split: as_json(score, corpus=corpus.name, split=split, model=str(path))
            for split, score in scores.items()
        },
    }
    if options.json:
        _print_json(result)
        return
    for split, score in scores.items():
        print(as_table(score, title=_title(corpus, split, tagger), per_tag=False), end="\n\n")
    print(f"trained in {seconds:.1f} s: {path} ({path.stat().st_size / 1e6:.1f} MB)")


def evaluate(options: argparse.Namespace) -> None:
    """Scores a tagger on a corpus or a file."""
    from postagger.corpora import is_file, load_corpus, load_files
    from postagger.evaluation import as_json, as_table

    tagger = _load(options)
    how = tagger.config.corpus
    settings: dict[str, Any] = {
        "tagset": options.tagset or how.tagset,
        "column": options.column or how.column,
        "nltk_data": options.nltk_data or how.nltk_data,
    }
    if is_file(options.corpus) and options.split is None:
        corpus, split, part = load_files(test=options.corpus, **settings), "all", "test"
    else:
        part = split = options.split or "test"
        corpus = load_corpus(options.corpus, **settings)
    score = tagger.evaluate_on(corpus, part)
    if options.json:
        _print_json(as_json(score, corpus=corpus.name, split=split, model=options.model))
    else:
        print(as_table(score, title=_title(corpus, split, tagger)))


def tag(options: argparse.Namespace) -> None:
    """Tags text, a sentence at a time."""
    from postagger.corpora.text import TextFormat, tag_text

    tagger = _load(options)
    form: TextFormat = "tokenized" if options.tokenized else "conllu" if options.conllu else "raw"
    if form == "raw" and options.file.removesuffix(".gz").endswith(".conllu"):
        form = "conllu"
    column = options.column or tagger.config.corpus.column
    with _text(options.file) as lines:
        interactive = options.file == "-" and sys.stdin.isatty()
        # At a terminal each line is answered at once; elsewhere they are read ahead and batched.
        tag_sents = (lambda sentences: map(tagger.tag, sentences)) if interactive else tagger.tag_sents
        source = "standard input" if options.file == "-" else options.file
        for answer in tag_text(lines, tag_sents, form=form, source=source, column=column):
            sys.stdout.write(answer)
            if interactive:
                sys.stdout.flush()


def info(options: argparse.Namespace) -> None:
    """Says what a model file holds."""
    tagger = _load(options)
    facts = {
        "model": options.model,
        "megabytes": round(Path(options.model).stat().st_size / 1e6, 2),
        "parameters": tagger.network.parameter_count,
        "tags": list(tagger.tagset),
        "known_words": len(tagger.lexicon),
        "config": tagger.config.model_dump(mode="json"),
        "history": tagger.history,
    }
    if options.json:
        _print_json(facts)
        return
    for name, value in facts.items():
        if isinstance(value, dict):
            print(f"{name}:")
            for key, entry in value.items():
                print(f"  {key}: {_brief(entry)}")
        else:
            print(f"{name}: {_brief(value)}")


def download(options: argparse.Namespace) -> None:
    """Fetches NLTK data into data/."""
    from postagger.corpora import download as fetch

    fetch(options.name)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="postagger",
        example="postagger train configs/window.toml",
        description="Train, evaluate and use part-of-speech taggers.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Any, example: str) -> _Parser:
        summary = command.__doc__.rstrip(".")
        sub = commands.add_parser(name, example=example, help=summary, description=summary + ".")
        sub.set_defaults(command=command)
        return sub

    sub = add(
        "train", train, "postagger train configs/lstm.toml --set training.epochs=5 -o runs/lstm.safetensors"
    )
    sub.add_argument("config", metavar="CONFIG", help="a TOML file, as in configs/")
    sub.add_argument(
        "--set",
        metavar="SECTION.KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        help="override settings, as in --set corpus.name=sample model.dropout=0.2",
    )
    sub.add_argument(
        "-o", "--output", metavar="MODEL", help="where to save (default: runs/CONFIG.safetensors)"
    )
    _add_json(sub)

    sub = add("evaluate", evaluate, "postagger evaluate runs/lstm.safetensors treebank --split dev")
    _add_model(sub)
    sub.add_argument(
        "corpus", metavar="CORPUS", help="a corpus by name (treebank, brown, sample ...), or a file"
    )
    sub.add_argument(
        "--split", choices=("train", "dev", "test"), help="which part (default: test; all of a file)"
    )
    sub.add_argument("--tagset", choices=("native", "universal"), help="default: as in training")
    _add_column(sub)
    sub.add_argument("--nltk-data", metavar="DIR", help="folder with NLTK data, searched first")
    _add_json(sub)

    sub = add("tag", tag, "echo 'The dog barks .' | postagger tag runs/lstm.safetensors")
    _add_model(sub)
    sub.add_argument(
        "file", metavar="FILE", nargs="?", default="-", help="text, a sentence a line (default: stdin)"
    )
    form = sub.add_mutually_exclusive_group()
    form.add_argument("--tokenized", action="store_true", help="tokens are divided by blanks already")
    form.add_argument(
        "--conllu", action="store_true", help="fill the tag column of CoNLL-U (seen from .conllu)"
    )
    _add_column(sub)

    sub = add("info", info, "postagger info runs/lstm.safetensors")
    _add_model(sub)
    _add_json(sub)

    sub = add("download", download, "postagger download treebank universal_tagset")
    sub.add_argument("name", metavar="NAME", nargs="+", help="an NLTK data package")
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser whose help starts with an example."""

    def __init__(self, *, example: str, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        self.example = example

    def format_help(self) -> str:
        return f"example: {self.example}\n\n{super().format_help()}"


def _add_model(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("model", metavar="MODEL", help="a .safetensors file that train wrote")
    sub.add_argument("--device", default="auto", help="auto (default), cpu, cuda or cuda:N")


def _add_column(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--column", choices=("upos", "xpos"), help="CoNLL-U's tag column (default: as in training)"
    )


def _add_json(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--json", action="store_true", help="print one JSON object")


def _load(options: argparse.Namespace) -> Tagger:
    from postagger.tagger import Tagger

    return Tagger.load(options.model, device=options.device)


def _load_for_training(config: Config) -> Corpus:
    from postagger.corpora import load_corpus, load_files

    how = config.corpus
    if how.train is None:
        return load_corpus(how.name, tagset=how.tagset, column=how.column, nltk_data=how.nltk_data)
    return load_files(
        how.train, how.dev, how.test, tagset=how.tagset, column=how.column, nltk_data=how.nltk_data
    )


@contextmanager
def _text(file: str) -> Iterator[TextIO]:
    from postagger.corpora.files import open_text

    if file != "-":
        with open_text(file) as lines:
            yield lines
        return
    try:
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"standard input is not UTF-8 text ({error.reason}): convert it to UTF-8") from None


def _title(corpus: Corpus, split: str, tagger: Tagger) -> str:
    traces = f", {corpus.traces:,} traces dropped" if corpus.traces else ""
    return (
        f"{corpus.name}, {split}{traces}: {tagger.config.model.kind} tagger trained on "
        f"{tagger.history['corpus']}, seed {tagger.config.training.seed}"
    )


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_brief(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _complain(error: Exception, status: int) -> int:
    _say(f"postagger: {error}")
    return status


def run() -> NoReturn:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    sys.exit(main())
