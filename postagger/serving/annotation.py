"""From rows of texts or tokens to columns of tags: what every table engine and Parquet share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from postagger.errors import ConfigError, brief
from postagger.features import Lexical
from postagger.registry import hint
from postagger.serving.ragged import Numbered, Numeric, Ragged, Ranked, Spans, Strings, ranked_type, span_type
from postagger.tagger import Ensemble, Numbers, Tagger, tag_numbers
from postagger.tagger.confidence import UNSURE
from postagger.text.segment import SentenceMode, Splitter, split_places, split_words
from postagger.text.style import ScriptWatch
from postagger.text.tokenize import Rules

if TYPE_CHECKING:
    import pyarrow as pa

Extra = Literal["tokens", "offsets", "sentences", "probabilities", "top"]
"""What there may be besides tags."""


@dataclass(frozen=True)
class Columns:
    """The columns that are added.

    Attributes:
        tags: the name of the column of each head's tags, by the head's name.
        extras: the name of the column of everything else. Those of the heads are ``name_head`` if there are
            several.
    """

    tags: Mapping[str, str]
    extras: Mapping[Extra, str] = field(default_factory=dict)

    def of(self, extra: Extra, head: str) -> str:
        """The name of a head's column of probabilities or most probable tags."""
        name = self.extras[extra]
        return f"{name}_{head}" if len(self.tags) > 1 else name

    def types(self, *, texts: bool) -> dict[str, pa.DataType]:
        """The Arrow types of the columns, in order.

        Args:
            texts: whether the rows are texts; else they are tokens, and offsets are left out.
        """
        import pyarrow as pa

        def extras(*kinds: Extra) -> list[Extra]:
            return [kind for kind in kinds if kind in self.extras]

        strings, floats = pa.list_(pa.string()), pa.list_(pa.float32())
        found = {self.extras[kind]: strings for kind in extras("tokens") if texts}
        found |= dict.fromkeys(self.tags.values(), strings)
        types = {"probabilities": floats, "top": pa.list_(ranked_type())}
        for kind in extras("probabilities", "top"):
            found |= {self.of(kind, head): types[kind] for head in self.tags}
        spans = pa.list_(span_type())
        return found | {self.extras[kind]: spans for kind in extras("offsets", "sentences") if texts}


def as_extras(add: Collection[str] | Mapping[str, str]) -> dict[Extra, str]:
    """The names of the columns of what is to be added, checked.

    Raises:
        ConfigError: there is nothing of a name.
    """
    if isinstance(add, str) or not isinstance(add, Collection):
        raise ConfigError(f"add={brief(add)}: expected a list, as in ['tokens', 'offsets'], or a mapping")
    names = dict(add) if isinstance(add, Mapping) else {name: name for name in add}
    for name in names:
        if name not in get_args(Extra):
            raise ConfigError(f"add: there is no {brief(name)}; {hint(str(name), get_args(Extra))}")
    return names  # type: ignore[return-value]


@dataclass
class Rows:
    """Rows of sentences.

    Attributes:
        sentences: those of all rows, one after another.
        counts: how many sentences each row has, ``(rows,)``.
        valid: which rows are not null, ``(rows,)``; None if all are.
        spans: where each token begins and ends in its text; None if that is not known.
        placed: the rows for which it is, ``(rows,)``; None if it is for all. `spans` has only theirs.
    """

    sentences: list[list[str]]
    counts: NDArray[np.int64]
    valid: NDArray[np.bool_] | None = None
    spans: list[tuple[int, int]] | None = None
    placed: NDArray[np.bool_] | None = None


@dataclass
class Annotator:
    """Adds columns to rows.

    (A lexicon is for a single head.)

    Attributes:
        tagger: which computes.
        columns: which are added.
        rules, mode: how texts are split, as in `postagger.segment`; None: as the tagger's config says.
        top: how many of the most probable tags ``top`` has.
        at_least: the probability below which a tag becomes ``_``.
        warn: is told once if a text is in a script that training never saw.
    """

    tagger: Tagger | Ensemble
    columns: Columns
    rules: Rules | Splitter | None = None
    mode: SentenceMode | Splitter | None = None
    lexicon: Lexical | None = None
    top: int = 0
    at_least: float = 0.0
    warn: Callable[[str], object] = lambda _: None

    def __post_init__(self) -> None:
        if self.rules is None:
            self.rules = self.tagger.token_rules
        if self.mode is None:
            self.mode = self.tagger.config.text.sentences
        self._watch = ScriptWatch(self.tagger.scripts, self.warn)

    def rows_of_texts(self, texts: Sequence[str | None]) -> Rows:
        """Splits texts into sentences of tokens; of None, there is nothing."""
        assert self.rules is not None
        assert self.mode is not None
        how: dict[str, Any] = {"tokens": self.rules, "sentences": self.mode}
        spans: list[tuple[int, int]] | None = None
        if "offsets" in self.columns.extras:
            located = [([], []) if text is None else split_places(text, **how) for text in texts]
            found = [sentences for sentences, _ in located]
            spans = list(itertools.chain.from_iterable(places for _, places in located))
        else:
            found = [[] if text is None else split_words(text, **how) for text in texts]
        sentences = list(self._watch(itertools.chain.from_iterable(found)))
        valid = np.array([text is not None for text in texts], bool)
        return Rows(sentences, _counted(found), None if valid.all() else valid, spans)

    def annotated(self, rows: Rows, *, texts: bool) -> dict[str, Ragged]:
        """The columns of these rows, in the order of `Columns.types`.

        Args:
            texts: as in `Columns.types`.

        Raises:
            DataError, ConfigError, ModelFileError: as in `tag_numbers`.
        """
        sizes = np.fromiter(map(len, rows.sentences), np.int64, len(rows.sentences))
        lengths = _summed(sizes, rows.counts)
        shape = lengths, rows.valid
        extras = self.columns.extras
        found: dict[str, Ragged] = {}
        if texts and "tokens" in extras:
            found[extras["tokens"]] = Strings(list(itertools.chain.from_iterable(rows.sentences)), *shape)
        found |= self._predicted(rows.sentences, shape)
        if texts:
            found |= self._spans(rows, sizes, lengths)
        return found

    def _spans(self, rows: Rows, sizes: NDArray[np.int64], lengths: NDArray[np.int64]) -> dict[str, Ragged]:
        """The columns of places, which are null in rows where these are not known.

        Args:
            sizes: the tokens of each sentence.
            lengths: those of each row.
        """
        extras = self.columns.extras
        counts, valid = rows.counts, rows.valid
        spans = _bounds(sizes, counts, lengths)
        if rows.placed is not None:
            spans = [span for span, known in zip(spans, np.repeat(rows.placed, counts), strict=True) if known]
            valid = rows.placed if valid is None else valid & rows.placed
            lengths, counts = lengths * rows.placed, counts * rows.placed
        found: dict[str, Ragged] = {}
        if "offsets" in extras and rows.spans is not None:
            found[extras["offsets"]] = Spans(rows.spans, lengths, valid)
        if "sentences" in extras:
            found[extras["sentences"]] = Spans(spans, counts, valid)
        return found

    def _predicted(
        self, sentences: list[list[str]], shape: tuple[NDArray[np.int64], NDArray[np.bool_] | None]
    ) -> dict[str, Ragged]:
        """The columns of the heads."""
        columns, extras = self.columns, self.columns.extras
        found = tag_numbers(
            self.tagger,
            sentences,
            list(columns.tags),
            lexicon=self.lexicon,
            probabilities="probabilities" in extras or self.at_least > 0,
            top=self.top if "top" in extras else 0,
        )
        added: dict[str, Ragged] = {}
        for head, name in columns.tags.items():
            tags = [*self.tagger.heads[head].tags, UNSURE]
            added[name] = Numbered(_sure(found[head], self.at_least, len(tags) - 1), tags, *shape)
        for head in columns.tags if "probabilities" in extras else ():
            values = found[head].probabilities
            assert values is not None
            added[columns.of("probabilities", head)] = Numeric(values, *shape)
        for head in columns.tags if "top" in extras else ():
            names = self.tagger.heads[head].tags
            best = found[head].best, found[head].best_probabilities
            added[columns.of("top", head)] = Ranked(*best, names, *shape)
        return added


def _counted(found: Sequence[Sequence[object]]) -> NDArray[np.int64]:
    return np.fromiter(map(len, found), np.int64, len(found))


def _summed(sizes: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The tokens of each row, given those of each sentence and the sentences of each row."""
    ends = np.concatenate([[0], np.cumsum(sizes)])
    last = np.cumsum(counts)
    summed: NDArray[np.int64] = ends[last] - ends[last - counts]
    return summed


def _bounds(
    sizes: NDArray[np.int64], counts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Where each sentence begins and ends among the tokens of its row."""
    row_starts = np.cumsum(lengths) - lengths
    ends = np.cumsum(sizes) - np.repeat(row_starts, counts)
    return list(zip((ends - sizes).tolist(), ends.tolist(), strict=True))


def _sure(found: Numbers, at_least: float, unsure: int) -> NDArray[np.int64]:
    """The numbers of tags; `unsure` where they are less probable than `at_least`."""
    if not at_least or found.probabilities is None:
        return found.tags
    return np.where(found.probabilities >= at_least, found.tags, unsure)
