"""From sentences to tags without torch: the networks of trained taggers, in NumPy.

fast          from a checkpoint to the fastest predictor that is installed
predictor     sentences -> tags, given a way to compute scores; in NumPy
pieces        long sentences in overlapping pieces
native        sentences -> tags by the native kernel, where it is installed
word_table    the first layer's output for each word, computed once
token_tags    ``(token, tag)`` pairs, made once
build         from weights to a network
network       the two halves of a network: word types -> rows, rows -> scores
word_vectors  word types -> vectors; `characters` for their spelling
window        feedforward networks and logistic regression
recurrent     recurrent networks; their layers are in `recurrence`
heads         scores -> tags and probabilities; the algorithms of a CRF are in `crf`
n_best        the n best tag sequences of a sentence
forking       lets a process that tags be forked
"""

from postagger.runtime.build import build_network
from postagger.runtime.fast import fast_predictor, numpy_predictor, word_encoder
from postagger.runtime.heads import Head, build_decoder, make_head
from postagger.runtime.n_best import best_of_independent
from postagger.runtime.native import NativePredictor
from postagger.runtime.network import Network
from postagger.runtime.pieces import Pieces
from postagger.runtime.predictor import NumpyPredictor, Predictor

__all__ = [
    "Head",
    "NativePredictor",
    "Network",
    "NumpyPredictor",
    "Pieces",
    "Predictor",
    "best_of_independent",
    "build_decoder",
    "build_network",
    "fast_predictor",
    "make_head",
    "numpy_predictor",
    "word_encoder",
]
