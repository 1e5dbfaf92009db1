from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.cli.output import print_json, say, show
from postagger.cli.parser import Parser, add_head, add_json, add_model, count, load_tagger
from postagger.cli.torch_import import import_torch
from postagger.errors import ConfigError, DataError, ModelFileError
from postagger.extras import require_torch
from postagger.io import write_whole

if TYPE_CHECKING:
    from postagger.corpora import TaggedSentence
    from postagger.explain import Explanation, Reason
    from postagger.tagger import Tagger

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
    parser.add_argument(
        "--compare",
        metavar="MODEL",
        help="a second model, whose tags and reasons are shown beside the first's",
    )
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page for a browser instead")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Show why the words of a sentence get their tags."""
    require_torch("explaining a tag needs")
    one = options.word is not None or options.position is not None
    if options.against is not None and not one:
        raise ConfigError("--against needs one word: name the word with --word or --position")
    if options.html is not None and (one or options.json):
        raise ConfigError("--html writes a page about all words: leave out --word, --position and --json")
    tagger = _load(options, options.model)

    from postagger.corpora.formats import split_tokens
    from postagger.text.tokenize import tokenizer

    words = (split_tokens if options.tokenized else tokenizer(tagger.token_rules))(options.sentence)
    if not words:
        raise DataError("there is nothing to explain: the sentence has no word")
    positions = _chosen(words, options)
    import_torch()
    if options.compare is not None or options.html is not None:
        models = [options.model] if options.compare is None else [options.model, options.compare]
        taggers = [tagger, *(_load(options, model) for model in models[1:])]
        stems = [Path(model).name.removesuffix(".safetensors") for model in models]
        names = (
            stems if len(set(stems)) == len(models) else [f"{n}: {name}" for n, name in enumerate(stems, 1)]
        )
        _show_beside(dict(zip(names, taggers, strict=True)), words, positions, options)
        return
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


def _load(options: argparse.Namespace, model: str) -> Tagger:
    """A single tagger.

    Raises:
        ModelFileError: it is an ensemble; otherwise as `load_tagger`.
    """
    tagger = load_tagger(argparse.Namespace(**{**vars(options), "model": model}))
    from postagger.tagger import Tagger

    if not isinstance(tagger, Tagger):
        raise ModelFileError(f"{model} is a folder: explain one of the models in it")
    return tagger


def _show_beside(
    taggers: Mapping[str, Tagger], words: list[str], positions: Sequence[int], options: argparse.Namespace
) -> None:
    """Shows the explanations of several taggers beside each other, on a page if that is asked for.

    Raises:
        ConfigError: `against` is the predicted tag, or no tag of one of them.
    """
    found = {
        name: list(each.explain_words(words, positions, against=options.against))
        for name, each in taggers.items()
    }
    if options.html is not None:
        from postagger.explain import explanation_page

        write_whole(options.html, explanation_page(found).encode(errors="replace"))
        say(f"written: {options.html}")
    elif options.json:
        print_json(
            {
                "explanations": [
                    {"model": name, **asdict(each), "rest": each.rest}
                    for name, explanations in found.items()
                    for each in explanations
                ]
            }
        )
    else:
        for line in beside(found):
            show(line)


def beside(taggers: Mapping[str, Sequence[Explanation]]) -> Iterator[str]:
    """A table of words with the tag that each tagger gives; then, where they differ, why.

    Args:
        taggers: for each, by a name, explanations of the same words.
    """
    rows = []
    for each in zip(*taggers.values(), strict=True):
        first = each[0]
        tags = [f"{found.tag} {found.probability:.2f}" for found in each]
        strongest = [_strongest(found, 2) for found in each]
        differ = len({found.tag for found in each}) > 1
        cells = itertools.chain.from_iterable(zip(tags, strongest, strict=True))
        rows.append((str(first.position + 1), first.words[first.position], "≠" if differ else "", *cells))
    head = itertools.chain.from_iterable((name, "because of") for name in taggers)
    yield from _table(("", "word", "", *head), rows)
    for each in zip(*taggers.values(), strict=True):
        if len(each) == 1 or len({found.tag for found in each}) > 1:
            for name, found in zip(taggers, each, strict=True):
                yield ""
                yield f"{name}:"
                yield from details(found)


def _strongest(found: Explanation, number: int) -> str:
    """The strongest attributions, in a line."""
    strongest = sorted(found.reasons, key=lambda reason: -abs(reason.attribution))[:number]
    return ", ".join(f"{_called(reason, found)} {_signed(reason.attribution, 1)}" for reason in strongest)


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
        cells = (
            str(each.position + 1),
            words[each.position],
            f"{each.tag} {each.probability:.2f}",
            f"{each.against} {each.against_probability:.2f}",
            _signed(each.margin, 1),
            _strongest(each, _STRONGEST),
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
