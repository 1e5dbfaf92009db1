"""Tags one text after another: chooses how each is read, tagged and written."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from postagger.cli.output import say
from postagger.cli.tag_reading import reading
from postagger.errors import ConfigError
from postagger.text.convert import Output, OutputFormat
from postagger.text.detect import is_parquet
from postagger.text.layouts import TextFormat, layout_of
from postagger.text.predicted import columns_without_probabilities, without_probabilities
from postagger.text.style import ScriptWatch
from postagger.text.tag_text import TagSentences, tag_text
from postagger.text.tokenize import tokenizer

if TYPE_CHECKING:
    from postagger.features import TagDictionary
    from postagger.serving.annotation import Annotator
    from postagger.serving.parquet import Writer
    from postagger.tagger import Ensemble, Tagger

_OWN: dict[TextFormat, OutputFormat] = {
    "raw": "slashes",
    "tokenized": "slashes",
    "vertical": "vertical",
    "conllu": "conllu",
    "json": "json",
    "table": "json",
    "rows": "json",
}
"""How each format is written unless another one is asked for."""


class _Plan(NamedTuple):
    """How a text is tagged and written.

    Attributes:
        column: CoNLL-U's column for the tags, or the column of each head.
        vertical: whether sentences in lines are written as vertical text.
        output: None if only tags are written, in the layout of the text.
    """

    tag_sents: TagSentences
    column: str | dict[str, str]
    vertical: bool
    output: Output | None


_FIELDS: dict[TextFormat, list[str]] = {
    "raw": ["text"],
    "tokenized": [],
    "vertical": [],
    "conllu": ["sent_id", "text"],
}
"""What the rows of Parquet have besides tokens and tags, where the format tells."""


class Stream:
    """Tags texts as the options say."""

    def __init__(
        self,
        tagger: Tagger | Ensemble,
        options: argparse.Namespace,
        lexicon: TagDictionary | None,
    ) -> None:
        self._tagger = tagger
        self._options = options
        self._every: bool = options.every
        self._lexicon = lexicon
        self._tokens = tokenizer(options.tokens or tagger.token_rules)
        self._sentences = options.sentences or tagger.config.text.sentences
        if options.field is not None and options.form not in (None, "json"):
            raise ConfigError(
                f"--field is for JSON lines and tables with a header, not for --format {options.form}"
            )

    @contextmanager
    def tagged(self, file: str, before_waiting: Callable[[], object]) -> Iterator[Iterator[str]]:
        """Opens a text and gives its sentences with their tags, in the order of the text.

        Args:
            file: its path; ``-`` for stdin.
            before_waiting: called before every read that may have to wait.

        Raises:
            DataError: the text can't be read.
            ConfigError: what the options ask for can't be written in this format.
        """
        with reading(file, self._options, before_waiting) as text:
            plan = self._plan(text.form)
            tag_sents = plan.tag_sents
            if text.form in ("raw", "json", "table", "rows"):
                tag_sents = self._watching(tag_sents)
            yield tag_text(
                text.lines,
                tag_sents,
                form=text.form,
                source=text.source,
                tokens=self._tokens,
                sentences=self._sentences,
                column=plan.column,
                vertical=plan.vertical,
                field=text.field,
                output=plan.output,
                must_wait=text.must_wait,
            )

    def write_parquet(self, file: str, writer: Writer) -> None:
        """Tags a text and adds it to a Parquet file.

        Raises:
            DataError: the text can't be read, or its rows are not like those in the file.
        """
        from postagger.serving.parquet import tag_parquet
        from postagger.serving.parquet_items import tag_items

        if self._options.form is None and is_parquet(file):
            tag_parquet(file, self._annotator, self._options.field, writer)
            return
        with reading(file, self._options) as text:
            layout = layout_of(
                text.form,
                tokens=self._tokens,
                sentences=self._sentences,
                field=text.field,
                output=Output("json", {}),
            )
            tag_items(
                text.lines,
                layout,
                self._annotator(text.form in ("raw", "json", "table")),
                writer,
                source=text.source,
                fields=_FIELDS.get(text.form),
            )

    def _annotator(self, texts: bool) -> Annotator:
        """What adds the columns of Parquet.

        Args:
            texts: whether there are texts, in which tokens have places.
        """
        from postagger.serving.annotation import Annotator, Columns, as_extras

        options, tagger = self._options, self._tagger
        names = ["tokens", *(["offsets", "sentences"] if texts else [])]
        names += [name for name in ("probabilities", "top") if getattr(options, name)]
        if self._every and self._columns:
            tags = {head: f"tags_{head}" for head in self._columns}
        else:
            tags = {tagger.head: "tags"}
        return Annotator(
            tagger,
            Columns(tags, as_extras(names)),
            options.tokens,
            self._sentences,
            self._lexicon,
            top=options.top,
            at_least=options.min_confidence,
            warn=say,
        )

    def _plan(self, form: TextFormat) -> _Plan:
        """How text of a format is tagged and written.

        Raises:
            ConfigError: the output has no place for what the options ask for.
        """
        options, own = self._options, _OWN[form]
        to: OutputFormat = options.to or own
        if to == "slashes" and self._is_ambiguous:
            to = "vertical"
        self._check(to)
        several = self._every or (self._no_choice and to == "conllu")
        columns = self._columns if several and self._columns else {}
        if to == "conllu" and len(set(columns.values())) < len(columns):
            raise ConfigError(
                f"CoNLL-U has one column for tags like these: choose {' or '.join(columns)} by --head"
            )
        confident = bool(options.probabilities or options.top or options.min_confidence)
        lines = form in ("raw", "tokenized") and to == "vertical"
        if (to == own or lines) and not confident and (to == "conllu" or not self._every):
            if len(columns) > 1:
                return _Plan(self._tag_columns, columns, vertical=False, output=None)
            return _Plan(self._tag_sents, self._column, vertical=lines, output=None)
        head = self._tagger.head
        heads = columns or {head: self._column}
        output = Output(to, heads, options.probabilities, options.top, by_head=self._every)
        return _Plan(self._predictions(list(heads), confident), "xpos", vertical=False, output=output)

    def _check(self, to: OutputFormat) -> None:
        """Checks that a format has a place for what the options ask for.

        Raises:
            ConfigError: it has none.
        """
        options = self._options
        if to == "slashes" and self._every:
            advice = f"name one head: {', '.join(self._columns)}" if self._columns else "leave it out"
            raise ConfigError(
                "--head all is for CoNLL-U, vertical text and JSON: choose one of them with --to; for "
                f"word/TAG, {advice}"
            )
        if to == "slashes" and (options.probabilities or options.top):
            name = "--probabilities" if options.probabilities else "--top"
            others = "vertical, conllu or json" if options.probabilities else "vertical or json"
            raise ConfigError(f"word/TAG has no place for {name}: choose another output with --to: {others}")
        if to == "conllu" and options.top:
            raise ConfigError("CoNLL-U has no place for --top: choose --to vertical or json")

    def _predictions(self, heads: list[str], confident: bool) -> TagSentences:
        """The function that gives what heads predict.

        Args:
            confident: whether probabilities are needed.
        """
        options = self._options
        if confident:
            from postagger.tagger import predictions

            return partial(
                predictions,
                self._tagger,
                heads=heads,
                lexicon=self._lexicon,
                top=options.top,
                at_least=options.min_confidence,
                workers=options.workers,
            )
        if len(heads) > 1:
            return lambda sentences: columns_without_probabilities(self._tag_columns(sentences))
        return lambda sentences: without_probabilities(self._tag_sents(sentences), heads[0])

    def _tag_sents(self, sentences: Iterable[list[str]]) -> Iterable[list[tuple[str, Any]]]:
        return self._tagger.tag_sents(sentences, lexicon=self._lexicon, workers=self._options.workers)

    def _tag_columns(self, sentences: Iterable[list[str]]) -> Iterable[list[tuple[str, Any]]]:
        return self._tagger.tag_columns(sentences, workers=self._options.workers)

    def _watching(self, tag_sents: TagSentences) -> TagSentences:
        """The function that tags, which also says if the text is in a script that training never saw."""
        watch = ScriptWatch(self._tagger.scripts, say)
        return lambda sentences: tag_sents(watch(sentences))

    @cached_property
    def _columns(self) -> dict[str, str]:
        """CoNLL-U's columns that the model was trained on, by the names of their heads."""
        by_head = self._tagger.config.corpus.by_head
        learned = {name: each.columns[0] for name, each in by_head.items() if name in self._tagger.heads}
        return {name: _column_to_fill(column) for name, column in learned.items()}

    @property
    def _column(self) -> str:
        """CoNLL-U's column for the tags of the selected head."""
        options = self._options
        return str(options.column or _column_to_fill(self._tagger.config.corpus_of(options.head).columns[0]))

    @property
    def _no_choice(self) -> bool:
        """Whether no option is for a single head."""
        return self._options.head is None and self._options.column is None and self._lexicon is None

    @cached_property
    def _is_ambiguous(self) -> bool:
        """Whether ``word/TAG`` is not clear with a tag; if so, says that the output is vertical."""
        tag = next((tag for tag in self._tagger.tagset if re.search(r"[\s/]", tag)), None)
        if tag is None:
            return False
        say(f"writing word<TAB>TAG lines, because word/TAG is not clear with tags such as {tag!r}")
        return True


def _column_to_fill(learned: str) -> str:
    """The column of CoNLL-U for tags that were learned from a column of a file.

    A number is that of a column in this file, which need not be CoNLL-U: it stands for ``xpos``, unless
    CoNLL-U has tags in the column with this number.
    """
    return "xpos" if learned.isdigit() and learned not in ("4", "5", "6") else learned
