#!/usr/bin/env python3
"""Do the nearest training tokens tell a right tag from a wrong one?

For each token of dev, the k training tokens with the most similar hidden states are found, by cosine and by
Euclidean distance (deep k-nearest neighbors: Papernot and McDaniel 2018, for the last hidden layer alone).
How many of them have the tag that the tagger chose, when it is right and when it is wrong? And how accurate
are the tags with which n of the k agree?

How well a number tells right from wrong tags is the probability that it is higher for a random right tag
than for a random wrong one, ties counting half (the area under the ROC curve: 0.5 is chance). The tag's own
probability is measured so too.

Example:
    python scripts/experiments/nearest.py runs/window.safetensors runs/lstm.safetensors
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from common import Parser, parser, run, say, table
from numpy.typing import NDArray
from torch import Tensor, cat, inference_mode

from postagger import DataError, Tagger, load_corpus
from postagger.cli.parser import count
from postagger.corpora import TaggedSentence
from postagger.evaluation.report import percent
from postagger.explain.nearest import nearest_tokens
from postagger.inference.forward import ReferencePredictor

_SENTENCES = 128
"""Sentences whose hidden states are computed at a time."""

_WORDS = 256
"""Words that are compared with the training tokens at a time."""


_QUICK = 200
"""Sentences in a quick run."""


def main() -> None:
    options = arguments().parse_args()
    corpus = load_corpus(options.corpus)
    gold = [sentence for sentence in getattr(corpus, options.split) if sentence]
    if not gold:
        raise DataError(f"the {options.split} part of {corpus.name!r} is empty")
    train = corpus.train
    if options.quick:
        gold, train = gold[:_QUICK], train[:_QUICK]
    rows, accuracies = [], []
    for model in options.models:
        say(f"{model}: {len(gold):,} sentences")
        tagger = Tagger.load(model)
        name = f"{tagger.config.model.kind} tagger"
        found = outcomes(tagger, gold, train, options.k)
        right = found["right"]
        rows.append([name, "probability", "", "", f"{told_apart(found['probability'], right):.3f}"])
        for measure in ("cosine", "Euclidean"):
            shares = found[measure] / options.k
            cells = [
                percent(float(shares[which].mean()) if which.any() else None) for which in (right, ~right)
            ]
            rows.append([name, measure, *cells, f"{told_apart(shares, right):.3f}"])
        accuracies.append([name, *of_each_number(found["cosine"], right, options.k)])
    print(f"{corpus.name}, {options.split} part, {sum(map(len, gold)):,} tokens; k = {options.k}\n")
    heads = ["model", "by", "agreeing, tag right (%)", "tag wrong (%)", "told apart"]
    print(table(heads, rows))
    print("\nAccuracy (%) of the tags with which so many neighbours agree (cosine), and of how many (%):\n")
    print(table(["model", *map(str, range(options.k + 1))], accuracies))


def arguments() -> Parser:
    options = parser(
        "nearest",
        __doc__,
        time="some minutes a model",
        quick="10 s a model",
        without=f"the first {_QUICK} sentences of the part that is scored, and as many of train",
        runs=False,
        picture=False,
    )
    options.add_argument("models", nargs="+", metavar="MODEL", help="a model file")
    options.add_argument("--corpus", default="treebank", help="what they were trained on (default: treebank)")
    options.add_argument("--split", default="dev", choices=("dev", "test"))
    options.add_argument("--k", type=count, default=5, help="neighbours (default: 5)")
    return options


def outcomes(
    tagger: Tagger, gold: Sequence[TaggedSentence], train: Sequence[TaggedSentence], k: int
) -> dict[str, NDArray[Any]]:
    """For each token, ``(tokens,)``: whether its tag is right, its probability, and how many of the
    neighbours by each measure have it."""
    scored = [each.outcomes[tagger.head] for each in tagger.scored_tokens(gold)]
    predicted = np.array([each.predicted for each in scored])
    tags = np.array([tag for sentence in train for _, tag in sentence])
    predictor = ReferencePredictor(tagger.network, tagger.encoding)
    queries = states(predictor, gold)
    with inference_mode():
        near = {
            "cosine": nearest_tokens(predictor, queries, train, k)[1],
            "Euclidean": by_distance(queries, states(predictor, train), k),
        }
    agreeing = {name: (tags[each.numpy()] == predicted[:, None]).sum(1) for name, each in near.items()}
    right = np.array([bool(each.correct) for each in scored])
    return {"right": right, "probability": np.array([each.probability for each in scored]), **agreeing}


def states(predictor: ReferencePredictor, sentences: Sequence[TaggedSentence]) -> Tensor:
    """The hidden states of all tokens, ``(tokens, size)``."""
    words = [[word for word, _ in sentence] for sentence in sentences]
    return cat(
        [predictor.states(words[first : first + _SENTENCES]) for first in range(0, len(words), _SENTENCES)]
    )


def by_distance(queries: Tensor, rows: Tensor, k: int) -> Tensor:
    """The numbers of the nearest rows by Euclidean distance, ``(words, k)``."""
    squares = rows.square().sum(1)
    return cat([(2 * some @ rows.T - squares).topk(k, dim=1).indices for some in queries.split(_WORDS)])


def told_apart(values: NDArray[Any], right: NDArray[np.bool_]) -> float:
    """How often a value is higher for a right tag than for a wrong one; ties count half. NaN without both."""
    high, low = values[right], np.sort(values[~right])
    if not len(high) or not len(low):
        return float("nan")
    below, up_to = (np.searchsorted(low, high, side=side) for side in ("left", "right"))
    return float((below + up_to).mean() / 2 / len(low))


def of_each_number(agreeing: NDArray[Any], right: NDArray[np.bool_], k: int) -> list[str]:
    """The accuracy of the tags with which 0 to k neighbours agree, and how many tags that are."""
    cells = []
    for number in range(k + 1):
        which = agreeing == number
        accuracy = float(right[which].mean()) if which.any() else None
        cells.append(f"{percent(accuracy)} of {100 * which.mean():.1f}")
    return cells


if __name__ == "__main__":
    run(main)
