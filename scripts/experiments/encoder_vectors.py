#!/usr/bin/env python3
r"""Writes word vectors that are averages of what a trained encoder makes of each word in a text.

They are for `words.vectors` of any other tagger. The averages are reduced to their first principal
components, and scaled so that their numbers have a standard deviation of 0.4, about that of GloVe's.

Example:
    postagger train encoder -o runs/encoder.safetensors
    python scripts/experiments/encoder_vectors.py runs/encoder.safetensors conll2000 treebank \
        -o runs/vectors.txt
    postagger train window --set words.vectors=runs/vectors.txt
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import common  # before torch
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from postagger.batches import EncodedCorpus
from postagger.models import TrainedModel
from postagger.text import load_text

CHUNK = 256
"""Sentences that are read at a time."""

_QUICK = 100
"""Sentences in a quick run."""

SCALE = 0.4
"""The standard deviation of the numbers."""


@torch.inference_mode()
def averages(model: TrainedModel, sentences: Sequence[list[str]]) -> tuple[list[str], NDArray[np.float32]]:
    """The words of a text, and the mean of the model's outputs at each of them, ``(words, states)``."""
    network = model.main.network
    rows: dict[str, int] = {}
    sums = torch.zeros(0, network.context.output_size)
    counts = torch.zeros(0)
    for start in range(0, len(sentences), CHUNK):
        chunk = sentences[start : start + CHUNK]
        common.say(f"sentences {start + 1:,} to {start + len(chunk):,} of {len(sentences):,}")
        tokens = [word for sentence in chunk for word in sentence]
        index = torch.tensor([rows.setdefault(word, len(rows)) for word in tokens])
        new = len(rows) - len(sums)
        sums = torch.cat([sums, sums.new_zeros(new, sums.size(1))])
        counts = torch.cat([counts, counts.new_zeros(new)])
        sums.index_add_(0, index, _outputs(model, chunk))
        counts.index_add_(0, index, torch.ones(len(index)))
    return list(rows), (sums / counts.unsqueeze(1)).numpy()


def _outputs(model: TrainedModel, sentences: Iterable[list[str]]) -> Tensor:
    network, sentences = model.main.network, list(sentences)
    tags = torch.zeros(sum(map(len, sentences)), dtype=torch.long)
    data = EncodedCorpus.encode_words(sentences, tags, model.encoding)
    half = model.config.training.dtype == "bfloat16"
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        found: Tensor = network.backbone(next(data.batches(len(data)))).float()
    return found


def reduced(vectors: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """The first `dim` principal components of vectors, scaled."""
    centred = vectors - vectors.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)  # the largest last
    components = centred @ axes[:, ::-1][:, :dim]
    scaled: NDArray[np.float32] = components * (SCALE / components.std())
    return scaled


def main() -> None:
    arguments = common.parser(
        "encoder_vectors",
        __doc__,
        time="some minutes",
        quick="some seconds",
        without=f"the first {_QUICK} sentences",
        runs=False,
        picture=False,
    )
    arguments.add_argument("model", type=Path, help="a model file")
    arguments.add_argument("text", nargs="+", help="plain text: files, or corpora by name")
    arguments.add_argument("-o", "--output", type=Path, required=True, help="the file of word vectors")
    arguments.add_argument("--dim", type=int, default=100, help="size of a vector (default: 100)")
    options = arguments.parse_args()
    sentences = [sentence for name in options.text for sentence in load_text(name)]
    sentences = sentences[:_QUICK] if options.quick else sentences
    words, vectors = averages(TrainedModel.load(options.model), sentences)
    with options.output.open("w", encoding="utf-8") as file:
        for word, vector in zip(words, reduced(vectors, options.dim), strict=True):
            file.write(f"{word} {' '.join(f'{number:.5g}' for number in vector)}\n")
    print(f"{len(words):,} words")


if __name__ == "__main__":
    common.run(main)
