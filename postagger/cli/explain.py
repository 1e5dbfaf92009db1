from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from string import digits
from typing import TYPE_CHECKING, Any

from postagger.cli.output import print_json
from postagger.cli.parser import Parser, add_head, add_json, add_model, load_tagger
from postagger.errors import ConfigError, DataError, ModelFileError

if TYPE_CHECKING:
    from postagger.explain import Explanation, Reason

EXAMPLE = "postagger explain runs/window.safetensors 'They look the old word up .' --word up"

_STRONGEST = 3
"""Words named in a line."""

_LEAST = 0.05
"""Nats of the least share that is worth a word."""

_BAR = 24
"""Characters of the longest bar."""


def add_options(parser: Parser) -> None:
    add_model(parser, folders=False)
    add_head(parser)
    parser.set_defaults(precision="float32")
    parser.add_argument("sentence", metavar="SENTENCE", help="one sentence, in quotes")
    parser.add_argument("--tokenized", action="store_true", help="its tokens are divided by blanks already")
    parser.add_argument("--word", help="all about this word (default: a line on each)")
    parser.add_argument("--against", metavar="TAG", help="compare with this tag (default: the next best)")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Says why the words of a sentence have their tags."""
    from postagger.corpora.files import split_tokens
    from postagger.corpora.text import tokenize
    from postagger.tagger import Tagger

    if options.against is not None and options.word is None:
        raise ConfigError("--against compares the tag of one word: name it with --word")
    tagger = load_tagger(options)
    if not isinstance(tagger, Tagger):
        raise ModelFileError(f"{options.model} is a folder: explain one of the models in it")
    words = (split_tokens if options.tokenized else tokenize)(options.sentence)
    positions = [place for place, word in enumerate(words) if options.word in (None, word)]
    if not words:
        raise DataError("there is nothing to explain: the sentence has no word")
    if not positions:
        raise DataError(f"{options.word!r} is not in this sentence, which has the words {' '.join(words)}")
    found = [tagger.explain(words, position, against=options.against) for position in positions]
    if options.json:
        print_json({"model": options.model, "explanations": [as_json(each) for each in found]})
    elif options.word is None:
        print("\n".join(summary(found)))
    else:
        print("\n\n".join("\n".join(details(each)) for each in found))


def summary(found: Sequence[Explanation]) -> list[str]:
    """A line for each word: its tag, the tag that it was compared with, and what did most for it."""
    rows = [
        (
            each.words[each.position],
            f"{each.tag} {each.probability:.2f}",
            f"{each.against} {each.against_probability:.2f}",
            f"{each.margin:+.1f}",
            ", ".join(f"{_called(reason)} {reason.share:+.1f}" for reason in _strongest(each)),
        )
        for each in found
    ]
    return list(_table(("word", "tag", "rather than", "by", "for which speak most"), rows))


def details(found: Explanation) -> Iterator[str]:
    """All about one word."""
    tag, against = found.tag, found.against
    yield (
        f"{found.words[found.position]!r} is {tag} ({found.probability:.3f}) "
        f"rather than {against} ({found.against_probability:.3f})."
    )
    yield (
        f"The log of their ratio is {found.margin:+.2f}: {found.start:+.2f} where no word is known, "
        f"and what each word does for {tag} (+) or {against} (-):"
    )
    yield ""
    most = max(abs(reason.share) for reason in found.reasons)
    rows = []
    for reason in found.reasons:
        bar = ("+" if reason.share > 0 else "-") * round(_BAR * abs(reason.share) / (most or 1))
        still = f"{tag} {reason.probability_without:.3f}"
        answer = still if reason.tag_without == tag else f"{reason.tag_without} ({still})"
        rows.append((_called(reason), f"{reason.share:+.2f}", answer, bar))
        if reason.position == found.position:
            for part in reason.parts:
                known = "" if part.known else " (unknown)"
                rows.append(
                    (f"  {part.name.rstrip(digits)} {part.text}{known}", f"{part.share:+.2f}", "", "")
                )
    yield from _table(("word", "share", "without it", ""), rows)


def as_json(found: Explanation) -> dict[str, Any]:
    return asdict(found) | {
        "reasons": [
            asdict(reason) | {"parts": [part._asdict() for part in reason.parts]} for reason in found.reasons
        ]
    }


def _strongest(found: Explanation) -> list[Reason]:
    """The words with the largest shares for the tag."""
    worth = [reason for reason in found.reasons if reason.share >= _LEAST]
    return sorted(worth, key=lambda reason: -reason.share)[:_STRONGEST]


def _called(reason: Reason) -> str:
    if reason.parts:
        return reason.word
    return "[before]" if reason.position < 0 else "[after]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
