"""A tagger's model card, in Markdown: what it is, what it learned from, how accurate it is, how to use it.

It is made from the model itself and its training record; what neither of them says, the card does not say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.config import EncoderConfig
from postagger.errors import ConfigError, DataError, brief
from postagger.hub import check_repo
from postagger.io import read_json, visible
from postagger.tagger.card_metadata import as_yaml, datasets_of, languages_of, metadata, scores_of
from postagger.version import __version__

if TYPE_CHECKING:
    from postagger.tagger.tagger import Tagger

_SHOWN = 700
"""Characters of a list of tags that are shown."""

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~$&]|^[#+=-]|(?<=^\d)[.)]|(?<=:)//")
"""What could be markup within a line, at its beginning, or a link."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_DATASET = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?")


@dataclass(frozen=True)
class CardFacts:
    """What a card can say that the model does not know.

    Attributes:
        repo: where it will be on the Hub, ``user/name``; empty if that is not known.
        licence: the terms of its use, if not those in the model.
        languages: codes such as ``en``; empty: as the names of the corpus and its files tell.
        datasets: their names on the Hub; empty: as the names of the corpus and its files tell.
        carbon: the emissions of its training, in grams of CO2 equivalents; None if they are not known.
        comparison: the folder of a comparison (`postagger compare`) with other taggers.
    """

    repo: str = ""
    licence: str = ""
    languages: Sequence[str] = ()
    datasets: Sequence[str] = ()
    carbon: float | None = None
    comparison: str | Path | None = None

    def __post_init__(self) -> None:
        """
        Raises:
            ConfigError: a repository, a language or a data set can't be called so, or the emissions are less
                than 0.
        """
        if self.repo:
            check_repo(self.repo)
        for name in self.languages:
            if not _LANGUAGE.fullmatch(name):
                raise ConfigError(f"{brief(name)} is not the code of a language, such as en, de or zh-Hans")
        for name in self.datasets:
            if not _DATASET.fullmatch(name):
                raise ConfigError(
                    f"{brief(name)} is not the name of a data set on the Hub, such as user/name"
                )
        if self.carbon is not None and not 0 <= self.carbon < float("inf"):
            raise ConfigError(f"the emissions are {self.carbon} grams: expected a number, 0 or more")


def model_card(members: Sequence[Tagger], facts: CardFacts | None = None) -> str:
    """The card of a tagger, or of an ensemble of several.

    (Its length is that of the list of its sections.)

    Raises:
        DataError: the comparison can't be read.
    """
    facts = facts or CardFacts()
    first = members[0]
    licence = facts.licence or first.licence
    languages = facts.languages or languages_of(first)
    alone = len(members) == 1
    title = facts.repo.rpartition("/")[2] or f"{first.config.model.kind} tagger of {first.record.corpus}"
    front = metadata(
        first,
        scores_of(first) if alone else (),  # those of an ensemble's members are not its own
        name=title,
        licence=licence,
        languages=languages,
        datasets=facts.datasets or datasets_of(first),
        carbon=facts.carbon,
    )
    parts = [
        f"# {escaped(title)}",
        _what_it_is(members),
        "## How to use it",
        _usage(first, facts.repo, languages, alone=alone),
        "## Tags",
        "\n".join(_tags(first)),
        "## What it was trained on",
        "\n".join(_training(members)),
        "## Results",
        _results(members),
        *(_compared(facts.comparison) if facts.comparison is not None else ()),
        *(_carbon(facts.carbon) if facts.carbon is not None else ()),
        "## Limits",
        "\n".join(_limits(members)),
        "## Licence",
        escaped(licence) or "The model names no licence. Ask its authors before you use or pass it on.",
        "## How to cite it",
        _citation(facts.repo),
    ]
    return f"---\n{as_yaml(front)}---\n\n" + "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """A text as Markdown that shows it as it is, in one line: no markup, no HTML, no links."""
    return _SPECIAL.sub(r"\\\g<0>", visible(" ".join(text.split())))


def _what_it_is(members: Sequence[Tagger]) -> str:
    first = members[0]
    models = " and ".join(dict.fromkeys(escaped(each.config.model.description) for each in members))
    corpus = escaped(first.record.corpus)
    if first.record.masked_words:
        return (
            f"A backbone ({models}) that predicts masked words, pretrained on {corpus}. It gives no tags: a "
            "tagger is trained from it with `postagger train --from`."
        )
    what = "A part-of-speech tagger"
    if len(members) > 1:
        what = f"An ensemble of {len(members)} part-of-speech taggers, whose probabilities are averaged"
    size = sum(each.parameter_count for each in members)
    return (
        f"{what} ({models}; {size:,} parameters), trained on {corpus} with "
        f"[postagger](https://github.com/postagger/postagger) {__version__}."
    )


def _usage(tagger: Tagger, repo: str, languages: Sequence[str], *, alone: bool) -> str:
    name = f"hf:{repo}" if repo else "model.safetensors" if alone else "folder"
    kind = "Tagger" if alone else "Ensemble"
    if tagger.record.masked_words:
        return f"```\npip install 'postagkit[train,hub]'\npostagger train window --from {name}\n```"
    words = '["Time", "flies", "."]' if "en" in languages else "words"
    comment = "" if "en" in languages else "  # words: a sentence as a list of strings"
    others = list(tagger.heads)[1:]
    more = f"\ntagger.tag({words}, head={others[0]!r})" if others and others[0].isidentifier() else ""
    extra = "'postagkit[hub]'" if repo else "postagkit"
    return (
        f"```\npip install {extra}\npostagger tag {name} text.txt\n```\n\n"
        f"```python\nfrom postagger import {kind}\n\n"
        f'tagger = {kind}.load("{name}")\ntagger.tag({words}){comment}{more}\n```'
    )


def _tags(tagger: Tagger) -> Iterator[str]:
    yield "| head | number | tags |"
    yield "|---|--:|---|"
    for name, tagset in tagger.heads.items():
        size, shown = 0, list[str]()
        for tag in map(escaped, tagset):
            size += len(tag) + 2
            if size > _SHOWN:
                shown.append(f"and {len(tagset) - len(shown)} more")
                break
            shown.append(tag)
        yield f"| {escaped(name)} | {len(tagset)} | {', '.join(shown)} |"


def _training(members: Sequence[Tagger]) -> Iterator[str]:
    """What the training record says, a line each."""
    first = members[0]
    record, config = first.record, first.config
    yield f"- Corpus: {escaped(record.corpus)}"
    yield f"- Trained on: {record.train_sentences:,} sentences, {record.train_tokens:,} tokens"
    if record.dev_tokens:
        yield f"- Best epoch chosen on its dev part: {record.dev_tokens:,} tokens"
    if record.test_tokens is not None:
        yield f"- Test part, read once at the end: {record.test_tokens:,} tokens"
    if record.traces_dropped:
        yield f"- Traces (empty elements) dropped: {record.traces_dropped:,}"
    for name, count in record.datasets.items():
        yield f"- Further sentences for the head {escaped(name)}: {count:,}"
    if record.vectors is not None:
        vectors = record.vectors
        yield (
            f"- Pretrained word vectors: {vectors.words:,} words, {vectors.dim} dimensions "
            f"({100 * vectors.covered:.1f} % of the tokens)"
        )
    if isinstance(config.model, EncoderConfig):
        yield f"- Pretrained encoder: {escaped(config.model.encoder)}"
    if record.backbone is not None:
        yield f"- Started from a backbone trained on: {escaped(record.backbone)}"
    for name in record.teachers:
        yield f"- Taught by a tagger trained on: {escaped(name)}"
    for name, count in record.left_out.items():
        if count:
            yield f"- Left out of {escaped(name)}, because they repeat dev or test: {count:,} sentences"
    seeds = ", ".join(str(each.config.training.seed) for each in members)
    yield f"- Epochs: {record.epochs}, the best one {record.best_epoch}; seed: {seeds}"
    if record.problem is not None:
        yield f"- The training ended early: {escaped(record.problem)}"
    yield f"- Versions: {escaped(', '.join(f'{name} {number}' for name, number in record.versions.items()))}"


def _results(members: Sequence[Tagger]) -> str:
    rows = []
    for number, member in enumerate(members, 1):
        which = "" if len(members) == 1 else f"member {number}, "
        for each in scores_of(member):
            low, high = each.interval or (None, None)
            interval = "" if low is None or high is None else f"{100 * low:.2f} to {100 * high:.2f}"
            tokens = "" if each.tokens is None else f"{each.tokens:,}"
            name = f"{which}{each.part}, {escaped(each.head)}"
            rows.append(f"| {name} | {100 * each.accuracy:.2f} | {interval} | {tokens} |")
    if not rows:
        return "None are recorded in the model: `postagger evaluate` measures it on a corpus."
    note = (
        "Token accuracy in per cent, as recorded when it was trained. The interval is Wilson's, as if every "
        "token were drawn independently; tokens of one text are not, so the true one is somewhat wider. Dev "
        "chose the best epoch, so it flatters."
    )
    if len(members) > 1:
        note += " The ensemble's own accuracy is not recorded; it is usually higher than its members'."
    table = ["| part, head | accuracy | 95 % interval | tokens |", "|---|--:|--:|--:|", *rows]
    return "\n".join(table) + f"\n\n{note}"


def _compared(folder: str | Path) -> list[str]:
    """What a comparison found about every two systems.

    Raises:
        DataError: the folder has no results of a comparison.
    """
    file = Path(folder) / "results.json"
    try:
        found: Any = read_json(file)
        origin = found["origin"]
        tokens, seeds = f"{origin['tokens']:,} tokens", f"seeds: {origin['seeds']}"
        where = f"{origin['corpus']}, {origin['tested']}: {tokens}; {seeds}"
        lines = [f"- {escaped(str(pair['sentence']))}" for pair in found["pairs"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise DataError(f"{file} is not the result of a comparison: name the folder of -o") from None
    return ["## Compared with other taggers", f"On {escaped(where)}.", "\n".join(lines)] if lines else []


def _carbon(grams: float) -> list[str]:
    return [
        "## Emissions",
        f"Training emitted {grams:,.6g} g of CO2 equivalents, as whoever trained it reports.",
    ]


def _limits(members: Sequence[Tagger]) -> Iterator[str]:
    tagger = members[0]
    if not tagger.record.masked_words:
        rules = {"ptb": "the Penn treebank", "ud": "Universal Dependencies", "unicode": "Unicode"}
        yield (
            f"- It knows text like that of {escaped(tagger.record.corpus)}. On other genres, times and "
            "varieties it makes more errors: measure it on your own text first."
        )
        name = rules[tagger.token_rules]
        yield f"- It expects tokens as in its corpus; raw text is split by the rules of {name}."
    model = tagger.config.model
    left, right = getattr(model, "left", None), getattr(model, "right", None)
    if isinstance(left, int) and isinstance(right, int):
        yield f"- It sees {left} words to the left and {right} to the right; what needs more, it guesses."
    yield "- Words that are not in its training set are tagged by their form and context, less accurately."
    yield (
        f"- The file contains words of the training set ({len(tagger.lexicon):,}, with counts and tags): do "
        "not publish one that was trained on confidential text."
    )


def _citation(repo: str) -> str:
    entry = "\n".join(
        [
            "@software{postagger,",
            "  title = {postagger: part-of-speech taggers in PyTorch},",
            "  author = {{The postagger developers}},",
            f"  version = {{{__version__}}},",
            "  url = {https://github.com/postagger/postagger}",
            "}",
        ]
    )
    which = f"Name the model (`{repo}`, and its revision)" if repo else "Name the model"
    text = f"{which}, the corpus that it was trained on as its authors ask, and the software:"
    return f"{text}\n\n```\n{entry}\n```"
