"""Part-of-speech taggers in PyTorch: train them on treebanks, compare them, tag with them.

A package for each step, in the order in which data passes through them::

    config       what to train, and how: TOML files, settings, the shipped configs
    corpora      tagged sentences, split by document
    text         plain text -> sentences -> tokens
    features     words -> integers
    models       integers -> tag scores
    inference    sentences -> tags: by the plain forward pass, and fast
    explain      why this tag
    training     minibatch gradient descent on cross-entropy
    evaluation   counts -> rates, and tests of significance
    checkpoint   a model is one safetensors file
    pipeline     what a config asks for: pretraining, distillation, training
    tagger       all of it in one object: Tagger.train, .save, Tagger.load, .tag
    baselines    NLTK's taggers with the same interface
    comparison   several taggers, several seeds, one report
    tuning       a search for better settings within a budget
    cli          the same from the command line

The names below are imported when they are first used, so that ``import postagger`` takes no time and
PyTorch is loaded only by what needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from postagger.version import __version__

if TYPE_CHECKING:
    from postagger.config import Config, load_config
    from postagger.corpora import Corpus, Document, load_corpus, load_documents, load_files
    from postagger.errors import ConfigError, DataError, DeviceError, ModelFileError, PostaggerError
    from postagger.evaluation import Evaluation
    from postagger.features import WordVectors, load_vectors
    from postagger.tagger import Ensemble, Tagger

__all__ = [
    "Config",
    "ConfigError",
    "Corpus",
    "DataError",
    "DeviceError",
    "Document",
    "Ensemble",
    "Evaluation",
    "ModelFileError",
    "PostaggerError",
    "Tagger",
    "WordVectors",
    "__version__",
    "load_config",
    "load_corpus",
    "load_documents",
    "load_files",
    "load_vectors",
]

_PUBLIC = {
    "config": ("Config", "load_config"),
    "corpora": ("Corpus", "Document", "load_corpus", "load_documents", "load_files"),
    "errors": ("ConfigError", "DataError", "DeviceError", "ModelFileError", "PostaggerError"),
    "evaluation": ("Evaluation",),
    "features": ("WordVectors", "load_vectors"),
    "tagger": ("Ensemble", "Tagger"),
}
"""Which package each public name comes from: the imports above, for when the program runs."""

_HOMES = {name: package for package, names in _PUBLIC.items() for name in names}


if not TYPE_CHECKING:  # a type checker reads the imports above, and is to complain of other names

    def __getattr__(name: str) -> Any:
        """Imports a public name when it is first asked for (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
