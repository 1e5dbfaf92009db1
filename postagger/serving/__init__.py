"""Taggers where the text is: in batch engines, as a server, in other libraries. Each needs an extra.

batch       BatchTagger: tags a column of a table, in any engine that gives batches
frames      the tables of Arrow, pandas and polars, and mappings of columns
arrow       Arrow's columns
names       checks of their names
annotation  from rows of texts or tokens to columns of tags
ragged      columns of lists
parquet     files of Parquet, read and written; parquet_items: their rows as texts
server      the HTTP server, page: its page for browsers
spacy       a component for spaCy's pipelines; annotations, spacy_documents, universal: for it
nltk        pos_tag as in NLTK
sklearn     an estimator and a transformer for scikit-learn; sequences: for it
onnx        models as ONNX, with a reader
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postagger.serving.batch import BatchTagger

__all__ = ["BatchTagger"]

_HOMES = {"BatchTagger": "batch"}


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Imports a public name when it is first asked for: each needs other packages (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
