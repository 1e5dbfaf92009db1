"""Tags the batches of other engines: Ray Data, datasets, polars, Spark, DuckDB, pandas."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.config.device import check_device
from postagger.errors import ConfigError, brief
from postagger.extras import require
from postagger.features import Lexical
from postagger.inference import Dtype
from postagger.io import as_path
from postagger.runtime.forking import TAGGING
from postagger.serving.annotation import Annotator, Columns, Extra, as_extras
from postagger.shipped import SHIPPED, find_model
from postagger.tagger import Ensemble, Tagger
from postagger.tagger.checks import check_dtype
from postagger.text.segment import SentenceMode, Splitter, as_tokenizer
from postagger.text.tokenize import Rules

if TYPE_CHECKING:
    import pyarrow as pa
    import torch

ALL = "all"
"""Instead of the name of a head: all heads."""


class BatchTagger:
    """Tags a column of a table, batch by batch, and gives the table with the tags in a further column.

    It can be pickled, and is small: the model is loaded at the first call, once in each process. So one
    object serves ``ray.data.Dataset.map_batches``, ``datasets.Dataset.map(batched=True)``, polars'
    ``map_batches``, Spark's ``mapInArrow`` and ``mapInPandas``, and DuckDB's functions, in any number of
    processes and on any number of machines (docs/how-to/batch.md).

    The column has texts, which are split into sentences of tokens; or lists of tokens, each a sentence. A
    null stays null. What is added has lists:

    - ``tokens``: the tokens of a text, ``list<string>``
    - ``tags``: the tag of each token, ``list<string>``
    - ``probabilities``: of these tags, in 0..1, ``list<float>``
    - ``top``: the most probable tags of each token, ``list<list<struct<tag, probability>>>``
    - ``offsets``: of each token in the text, in characters, ``list<struct<start: int32, end: int32>>``
    - ``sentences``: of each sentence, among the tokens, ``list<struct<start: int32, end: int32>>``

    All other columns stay; one that has the name of an added one is replaced.
    """

    def __init__(
        self,
        model: str | Path | Tagger | Ensemble = SHIPPED,
        *,
        column: str = "text",
        output: str | Mapping[str, str] = "tags",
        head: str | Sequence[str] | None = None,
        add: Collection[str] | Mapping[str, str] | None = None,
        tokens: Rules | Splitter | None = None,
        sentences: SentenceMode | Splitter | None = None,
        lexicon: Lexical | None = None,
        top: int = 3,
        device: str | torch.device = "auto",
        dtype: Dtype = "float32",
    ) -> None:
        """
        (Its length is that of its options.)

        Args:
            model: ``"en"``, a model file, or a folder of them (an ensemble), which every process and every
                machine must find; or a tagger, which then travels with this object.
            column: the column of texts or tokens.
            output: the column of tags; or ``{head: column}``.
            head: the head to use, default: the model's main one; or several, or ``"all"``: then the columns
                are ``tags_xpos``, ``tags_upos`` ...
            add: what to add besides tags, as in ``["tokens", "offsets", "probabilities"]``, perhaps with the
                names of the columns: ``{"tokens": "words"}``. Default: the tokens of texts. With several
                heads, columns of probabilities are ``probabilities_xpos`` ...
            tokens, sentences: how texts are split, as in `Tagger.tag_text`. Functions must be importable,
                as others can't be pickled.
            lexicon: as in `Tagger.tag`.
            top: how many tags ``top`` has, if it is added.
            device, dtype: as in `Tagger.load`.

        Raises:
            ConfigError: an option has no such value, or two contradict each other.
        """
        check_device(device)
        check_dtype(dtype)
        self._model = _model(model)
        self._column = _name(column, "column")
        if isinstance(output, Mapping):
            if head is not None:
                raise ConfigError(
                    "output={head: column} names heads, and so does head=: leave one of them out"
                )
            if not output:
                raise ConfigError("output={}: name at least one head")
        self._output: str | dict[str, str] = (
            dict(output) if isinstance(output, Mapping) else _name(output, "output")
        )
        self._head = head if head is None or isinstance(head, str) else list(head)
        if self._head == []:
            raise ConfigError("head=[]: name at least one head")
        self._add = None if add is None else as_extras(add)
        if callable(tokens) or tokens is not None:
            as_tokenizer(tokens)
        self._tokens, self._sentences, self._lexicon = tokens, sentences, lexicon
        if not isinstance(top, int) or isinstance(top, bool) or top < 1:
            raise ConfigError(f"top={brief(top)}: expected a number of tags, 1 or more")
        self._top = top
        self._device, self._dtype = str(device), dtype
        self._annotator: Annotator | None = None
        _check_distinct(self._output, self._add)

    def __call__(self, batch: Any) -> Any:
        """Tags a batch.

        Args:
            batch: an Arrow table or record batch, a data frame of pandas or polars, or a mapping from names
                to lists, NumPy arrays or Arrow arrays: the result is of the same kind. A column by itself
                (an Arrow array, a series): the result is the column of tags; or of structs, if there are
                several columns. An iterator of any of these: the result is one.

        Raises:
            DataError: there is no such column, or it has something else than texts or tokens.
            ModelFileError, DeviceError, ConfigError: the model can't be loaded, or has no such head.
        """
        if isinstance(batch, Iterator):
            return map(self, batch)
        from postagger.serving.frames import tagged

        return tagged(batch, self._column, self._ready())

    def schema(self, given: Any) -> pa.Schema:
        """The schema of the result, given that of a table.

        Args:
            given: a schema of pyarrow, or anything with ``__arrow_c_schema__``, such as one of polars.

        Raises:
            DataError, ModelFileError, ConfigError: as when a batch is tagged.
        """
        require("parquet", "a schema needs", "pyarrow")
        import pyarrow as pa

        from postagger.serving.arrow import holds_texts, with_fields
        from postagger.serving.names import check_column, check_spans

        schema = given if isinstance(given, pa.Schema) else pa.schema(given)
        check_column(self._column, schema.names)
        texts = holds_texts(schema.field(self._column).type, self._column)
        columns = self._ready().columns
        check_spans(columns, self._column, texts=texts)
        return with_fields(schema, columns.types(texts=texts))

    def _ready(self) -> Annotator:
        if self._annotator is None:
            tagger = _loaded(self._model, self._device, self._dtype)
            self._annotator = Annotator(
                tagger,
                self._columns(tagger),
                self._tokens,
                self._sentences,
                self._lexicon,
                top=self._top,
                warn=partial(warnings.warn, stacklevel=2),
            )
        return self._annotator

    def _columns(self, tagger: Tagger | Ensemble) -> Columns:
        extras: dict[Extra, str] = {"tokens": "tokens"} if self._add is None else self._add
        if isinstance(self._output, dict):
            tags = self._output
        elif self._head is None or (isinstance(self._head, str) and self._head != ALL):
            tags = {self._head or tagger.head: self._output}
        else:
            names = list(tagger.heads) if isinstance(self._head, str) else self._head
            tags = {name: f"{self._output}_{name}" for name in names}
        for name in tags:
            tagger.with_head(name)  # or says that there is none
        if self._lexicon is not None and len(tags) > 1:
            raise ConfigError("a lexicon is for the tags of one head: name it with head=")
        return Columns(tags, extras)

    def __getstate__(self) -> dict[str, Any]:  # each process loads the model by itself
        return self.__dict__ | {"_annotator": None}

    def __repr__(self) -> str:
        model = self._model if isinstance(self._model, str) else self._model.description
        return f"<{type(self).__name__}: {model}; {self._column} -> {self._output}>"


def _model(model: object) -> str | Tagger | Ensemble:
    """What a model is found by in any process: its absolute path, or the tagger itself."""
    if isinstance(model, Tagger | Ensemble):
        return model
    path = as_path(model, "a model is a file, a folder of them, or a tagger", ConfigError)
    if model == SHIPPED or str(model).startswith("hf:"):
        return str(model)
    return str(path.resolve())


def _name(value: object, option: str) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{option}={brief(value)}: expected the name of a column")
    return value


def _check_distinct(output: str | dict[str, str], add: Mapping[Extra, str] | None) -> None:
    """
    Raises:
        ConfigError: two columns would have the same name.
    """
    tags = list(output.values()) if isinstance(output, dict) else [output]
    names = [*tags, *(["tokens"] if add is None else add.values())]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"two of the columns to add have the name {brief(twice)}")


_TAGGERS: dict[tuple[str, str, Dtype], tuple[list[tuple[str, int, int]], Tagger | Ensemble]] = {}
"""The taggers of this process, by how they were loaded, and with the state of their files then."""

_LOCK = threading.Lock()


def _loaded(model: str | Tagger | Ensemble, device: str, dtype: Dtype) -> Tagger | Ensemble:
    """The tagger of a model, loaded once in each process, and again only if its file has changed."""
    if not isinstance(model, str):
        return model
    path = Path(find_model(model))
    folder = path.is_dir()
    files = sorted(path.glob("*.safetensors")) if folder else [path]
    states = [(each.name, each.stat().st_size, each.stat().st_mtime_ns) for each in files if each.is_file()]
    key = model, device, dtype
    with TAGGING, _LOCK:  # a process forked meanwhile would have a lock that is held for ever
        known, tagger = _TAGGERS.get(key, ([], None))
        if tagger is None or known != states:
            kind = Ensemble if folder else Tagger
            tagger = kind.load(model, device=device, dtype=dtype)
            _TAGGERS[key] = states, tagger
    return tagger
