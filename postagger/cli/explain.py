from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.cli.explanation_text import beside, details, summary
from postagger.cli.nearest import Neighbourhood, add_nearest, check_nearest, nearest_json, nearest_lines
from postagger.cli.output import print_json, say, show
from postagger.cli.parser import Parser, add_head, add_json, add_model, count, load_tagger
from postagger.errors import ConfigError, DataError, ModelFileError
from postagger.extras import require_torch
from postagger.io import write_whole

if TYPE_CHECKING:
    from postagger.corpora import TaggedSentence
    from postagger.explain import Explanation, NearestContexts
    from postagger.tagger import Tagger

EXAMPLE = "postagger explain runs/window.safetensors 'They look the old word up .' --word up"

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
    add_nearest(parser)
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
    check_nearest(options)
    tagger = _load(options, options.model)

    from postagger.corpora.formats import split_tokens
    from postagger.text.tokenize import tokenizer

    words = (split_tokens if options.tokenized else tokenizer(tagger.token_rules))(options.sentence)
    if not words:
        raise DataError("there is nothing to explain: the sentence has no word")
    positions = _chosen(words, options)
    if options.compare is not None or options.html is not None:
        _show_beside(_named(options, tagger), words, positions, options)
        return
    if options.against is not None:
        positions = _comparable(tagger.tag(words), positions, options.against)
    near = Neighbourhood(options).find(tagger, words, positions)
    found = tagger.explain_words(words, positions, against=options.against)
    if options.json:
        print_json({"model": options.model, "explanations": _as_json(found, near)})
        return
    if one:
        show("\n\n".join("\n".join(details(each)) for each in found))
    else:
        for line in summary(words, tagger.tagset, found):
            show(line)
            sys.stdout.flush()
    for each in near or ():
        show("\n" + "\n".join(nearest_lines(each)))


def _as_json(found: Iterable[Explanation], near: Sequence[NearestContexts] | None) -> list[dict[str, Any]]:
    """Explanations as plain data, each with the nearest training tokens if they were asked for."""
    more = itertools.repeat({}) if near is None else map(nearest_json, near)
    return [asdict(each) | {"rest": each.rest} | extra for each, extra in zip(found, more, strict=False)]


def _named(options: argparse.Namespace, tagger: Tagger) -> dict[str, Tagger]:
    """The tagger, and that of --compare, by names that tell them apart."""
    models = [options.model] if options.compare is None else [options.model, options.compare]
    taggers = [tagger, *(_load(options, model) for model in models[1:])]
    stems = [Path(model).name.removesuffix(".safetensors") for model in models]
    if len(set(stems)) < len(models):
        stems = [f"{n}: {name}" for n, name in enumerate(stems, 1)]
    return dict(zip(stems, taggers, strict=True))


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
    neighbourhood = Neighbourhood(options)
    near = {name: neighbourhood.find(each, words, positions) for name, each in taggers.items()}
    if options.html is not None:
        from postagger.explain import explanation_page

        nearest = {name: each for name, each in near.items() if each is not None}
        write_whole(options.html, explanation_page(found, nearest).encode(errors="replace"))
        say(f"written: {options.html}")
    elif options.json:
        print_json(
            {
                "explanations": [
                    {"model": name, **each}
                    for name, explanations in found.items()
                    for each in _as_json(explanations, near[name])
                ]
            }
        )
    else:
        for line in beside(found):
            show(line)
        for name, contexts in near.items():
            for context in contexts or ():
                show(f"\n{name}: " + "\n".join(nearest_lines(context)))


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
