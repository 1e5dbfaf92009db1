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

from typing import TYPE_CHECKING

from postagger.lazy import lazy_names

if TYPE_CHECKING:
    from postagger.serving.batch import BatchTagger
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "batch": "BatchTagger",
        },
    )

__all__ = ["BatchTagger"]
