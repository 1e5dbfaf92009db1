from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from postagger.cli.output import print_json, say, show
from postagger.cli.parser import Parser, add_head, add_json, add_model, count, load_tagger
from postagger.errors import ConfigError, DataError, ModelFileError
from postagger.extras import require_torch

if TYPE_CHECKING:
    from postagger.corpora import TaggedSentence
    from postagger.explain import Explanation, Reason

EXAMPLE = "postagger explain runs/window.safetensors 'They look the old word up .' --word up"

_STRONGEST = 3
"""Words shown in a line of the summary."""

_BAR = 24
"""Length of the longest bar in characters."""

_MISSED = 0.05
"""An error of the attributions up to this, in nats, is not reported."""

_QUOTES = ('"', "``", "''")
"""Forms of the double quote: the Treebank tokeniser replaces it by one of the others."""


def add_options(parser: Parser) -> None:
    add_model(parser, folders=False)
    add_head(parser)
    parser.set_defaults(dtype="float32")
    parser.add_argument("sentence", metavar="SENTENCE", help="one sentence, in quotes")
    parser.add_argument("--tokenized", action="store_true", help="the tokens are separated by spaces already")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--word", help="explain this word in full (default: one line for each word)")
    which.add_argument(
        "--position", type=count, metavar="N", help="explain the Nth word in full, counted from 1"
    )
    parser.add_argument("--against", metavar="TAG", help="compare with this tag (default: the next best)")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Show why the words of a sentence get their tags."""
    require_torch("explaining a tag needs")
    one = options.word is not None or options.position is not None
    if options.against is not None and not one:
        raise ConfigError("--against needs one word: name the word with --word or --position")
    tagger = load_tagger(options)

    from postagger.corpora.formats import split_tokens
    from postagger.tagger import Tagger
    from postagger.text.tokenize import tokenizer

    if not isinstance(tagger, Tagger):
        raise ModelFileError(f"{options.model} is a folder: explain one of the models in it")
    words = (split_tokens if options.tokenized else tokenizer(tagger.token_rules))(options.sentence)
    if not words:
        raise DataError("there is nothing to explain: the sentence has no word")
    positions = _chosen(words, options)
    if options.against is not None:
        positions = _comparable(tagger.tag(words), positions, options.against)
    found = tagger.explain_words(words, positions, against=options.against)
    if options.json:
        print_json(
            {"model": options.model, "explanations": [asdict(each) | {"rest": each.rest} for each in found]}
        )
    elif one:
        show("\n\n".join("\n".join(details(each)) for each in found))
    else:
        for line in summary(words, tagger.tagset, found):
            show(line)
            sys.stdout.flush()


def _chosen(words: Sequence[str], options: argparse.Namespace) -> Sequence[int]:
    """Positions of the words to explain."""
    if options.position is not None:
        if options.position > len(words):
            raise DataError(f"there is no word {options.position}: the sentence has {len(words)} words")
        return [options.position - 1]
    if options.word is None:
        return range(len(words))
    wanted = _QUOTES if options.word == '"' else (options.word,)
    found = [place for place, word in enumerate(words) if word in wanted]
    if not found:
        raise DataError(f"{options.word!r} is not in this sentence, which has the words {' '.join(words)}")
    return found


def _comparable(predictions: TaggedSentence, positions: Sequence[int], against: str) -> list[int]:
    """The positions whose predicted tag differs from the one to compare with."""
    left = [position for position in positions if predictions[position][1] != against]
    same = [str(position + 1) for position in positions if position not in left]
    if not left:
        raise ConfigError(
            f"{against} is the predicted tag of word {', '.join(same)}: compare with another tag"
        )
    if same:
        say(f"left out, because {against} is the predicted tag: word {', '.join(same)}")
    return left


def summary(words: Sequence[str], tags: Iterable[str], found: Iterable[Explanation]) -> Iterator[str]:
    """A line for each word: its tag, the tag it is compared with, and the strongest attributions.

    Args:
        words: the sentence.
        tags: the tag set, for the column widths: each line is yielded as soon as its word is explained.
        found: an explanation for each word.
    """
    head = ("", "word", "tag", "rather than", "by", "for it (+) and against it (-)")
    rated = max(map(len, tags)) + len(" 1.00")
    needed = (len(str(len(words))), max(map(len, words)), rated, rated, len("+10.0"), 0)
    widths = [max(len(title), width) for title, width in zip(head, needed, strict=True)]
    yield _line(head, widths)
    for each in found:
        strongest = sorted(each.reasons, key=lambda reason: -abs(reason.attribution))[:_STRONGEST]
        cells = (
            str(each.position + 1),
            words[each.position],
            f"{each.tag} {each.probability:.2f}",
            f"{each.against} {each.against_probability:.2f}",
            _signed(each.margin, 1),
            ", ".join(f"{_called(reason, each)} {_signed(reason.attribution, 1)}" for reason in strongest),
        )
        yield _line(cells, widths)


def details(found: Explanation) -> Iterator[str]:
    """The full explanation of one word."""
    tag, against = found.tag, found.against
    yield (
        f"{found.words[found.position]!r}, word {found.position + 1}, is {tag} ({found.probability:.3f}) "
        f"rather than {against} ({found.against_probability:.3f})."
    )
    if found.margin < 0:
        yield f"{against} is the more probable tag of this word, but {tag} is in the best sequence of tags."
    yield (
        f"The log of their ratio is {_signed(found.margin)}: {_signed(found.start)} with all words masked, "
        f"plus the attribution of each word, for {tag} (+) or {against} (-):"
    )
    yield ""
    largest = max(abs(reason.attribution) for reason in found.reasons)
    rows = []
    for reason in found.reasons:
        bar = ("+" if reason.attribution > 0 else "-") * round(
            _BAR * abs(reason.attribution) / (largest or 1)
        )
        still = f"{tag} {reason.probability_without:.3f}"
        prediction = still if reason.tag_without == tag else f"{reason.tag_without} ({still})"
        rows.append((_called(reason, found), _signed(reason.attribution), prediction, bar))
        if reason.position == found.position:
            for part in reason.parts:
                known = "" if part.known else " (unknown)"
                rows.append((f"  {part.name} {part.text}{known}", _signed(part.attribution), "", ""))
    yield from _table(("word", "attribution", "without it", ""), rows)
    if abs(found.rest) > _MISSED:
        yield f"The attributions miss {_signed(found.rest)} of the log ratio."


def _called(reason: Reason, found: Explanation) -> str:
    """The word, with its number if it is in the sentence more than once."""
    if not reason.parts:
        return "[before]" if reason.position < 0 else "[after]"
    if reason.position == found.position:
        return "itself"
    again = found.words.count(reason.word) > 1
    return f"{reason.word}({reason.position + 1})" if again else reason.word


def _signed(number: float, digits: int = 2) -> str:
    return f"{round(number, digits) + 0.0:+.{digits}f}"  # no -0.00


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        yield _line(row, widths)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
