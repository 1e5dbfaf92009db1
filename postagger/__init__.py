"""Part-of-speech taggers in PyTorch: train them on treebanks, tag with them.

The pipeline, a room each, in the order in which data walks through them::

    corpora      tagged sentences, split by document
    encoding     words -> integers
    models       integers -> tag scores
    inference    sentences -> tags, the plain way and fast
    explain      why this tag
    training     minibatch gradient descent on cross-entropy
    evaluation   counts -> rates, and tests of significance
    model_file   one safetensors file a model
    tagger       all of it in one object: Tagger.train, .save, Tagger.load, .tag; transfer and teachers
    baselines    NLTK's taggers behind the same face
    comparison   systems by seeds by folds: runs, findings, report
    tuning       better settings, searched within a budget
    cli          the same from the command line
"""

import os

# A thread of torch's that waits for another spins, by default for so long that training takes up to ten
# times longer where other programs use the cores too. Spinning briefly costs the LSTM about a tenth on a
# quiet machine (sleeping at once would double its time). GNU OpenMP reads this when torch is loaded, so it
# stands before every other import; a choice of the user's own is kept.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

from postagger.config import Config, load_config
from postagger.corpora import Corpus, Document, load_corpus, load_documents, load_files
from postagger.errors import ConfigError, DataError, DeviceError, ModelFileError, PostaggerError
from postagger.evaluation import Evaluation
from postagger.features import WordVectors, load_vectors
from postagger.tagger import Ensemble, Tagger
from postagger.version import __version__

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
