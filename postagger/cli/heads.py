"""The options --head and --column: which heads of a model they select."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from postagger.cli.output import say
from postagger.cli.parser import load_tagger
from postagger.errors import ConfigError, DataError

if TYPE_CHECKING:
    from postagger.tagger import Ensemble, Tagger

ALL = "all"
"""The value of --head for all columns that the model was trained on."""


def load_heads(
    options: argparse.Namespace, place: Callable[[str], object] = str
) -> tuple[Tagger | Ensemble, bool]:
    """Loads the tagger, selects the head of --head or --column, and sets ``options.head`` to its name.

    Without --head, --column selects the head for that column, if the model was trained on several.

    Args:
        place: tells columns apart that may have several names.

    Returns:
        The tagger, and whether all heads are asked for; ``options.head`` is then None.

    Raises:
        ConfigError: there is no such head, or all heads come with an option for one of them.
        ModelFileError, DeviceError: as in `load_tagger`.
    """
    head, options.head = options.head, None
    tagger = load_tagger(options)

    from postagger.checkpoint import is_built_in

    in_float32 = options.device in ("auto", "cpu") and is_built_in(tagger.config.model)
    if options.dtype == "bfloat16" and in_float32:
        say("--dtype bfloat16 is for CUDA: on the CPU this model computes in float32")
    if head == ALL and ALL not in tagger.heads:
        if options.column is not None:
            raise ConfigError(
                f"--head all stands for all columns, but --column {options.column} names one: leave one of "
                "the options out"
            )
        if options.lexicon is not None:
            raise ConfigError("--lexicon is for the tags of one head: name it with --head")
        return tagger, True
    options.head = head or _head_of(options.column, tagger, place)
    selected = tagger.with_head(options.head)
    if head is not None and options.column is not None:
        _say_other_column(head, options.column, tagger, place)
    return selected, False


def _say_other_column(
    head: str, column: str, tagger: Tagger | Ensemble, place: Callable[[str], object]
) -> None:
    """Warns if the column is that of another head than the selected one."""
    other = _head_of(column, tagger, place)
    if other not in (None, head):
        say(f"--column {column} is the column of the head {other}, not of the selected head {head}")


def _head_of(column: str | None, tagger: Tagger | Ensemble, place: Callable[[str], object]) -> str | None:
    """The head for a column, of a tagger of several columns."""
    by_head = tagger.config.corpus.by_head
    if column is None or len(by_head) == 1:
        return None
    return next((name for name in by_head if name in tagger.heads and place(name) == place(column)), None)


def column_of(tagger: Tagger | Ensemble, head: str) -> str:
    """The column of CoNLL-U for a head's tags: the one that it learned from, if there is one."""
    from postagger.corpora.columns import conllu_column

    column = tagger.config.corpus_of(head).columns[0]
    try:
        conllu_column(column)
    except DataError:
        return "xpos"
    return column
