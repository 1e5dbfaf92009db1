"""Word vectors for the shipped model, of GloVe's and of what the teacher makes of each word by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from postagger.batches import EncodedCorpus
from postagger.features import WordVectors
from postagger.models import TrainedModel

GLOVE, STATES = 16, 24
"""Numbers of a vector: the first principal components of GloVe's, and of the teacher's states."""

SCALE = 0.4
"""The standard deviation of each part."""

BATCH = 512
"""Words that the teacher reads at a time, each as a sentence."""


@torch.inference_mode()
def states(teacher: TrainedModel, words: Sequence[str]) -> NDArray[np.float32]:
    """The teacher's output for each word as a sentence of its own, ``(words, size)``.

    The word has a capital first, as at the start of a sentence: of a name and of another word that says most.
    """
    network = teacher.main.network.eval()
    half = teacher.config.training.dtype == "bfloat16"
    found = []
    for start in range(0, len(words), BATCH):
        sentences = [[word.capitalize()] for word in words[start : start + BATCH]]
        tags = torch.zeros(len(sentences), dtype=torch.long)
        data = EncodedCorpus.encode_words(sentences, tags, teacher.encoding)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            found.append(network.backbone(next(data.batches(len(data)))).float().numpy())
    return np.concatenate(found)


def reduced(vectors: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """The first `dim` principal components of vectors, scaled together to a standard deviation of `SCALE`."""
    centred = vectors - vectors.mean(0)
    _, axes = np.linalg.eigh(centred.T @ centred)  # the largest last
    components = centred @ axes[:, ::-1][:, :dim]
    scaled: NDArray[np.float32] = components * (SCALE / components.std())
    return scaled


def write_vectors(
    path: Path, teacher: TrainedModel, vectors: WordVectors, numbers: tuple[int, int] = (GLOVE, STATES)
) -> None:
    """Writes each word's reduced vector and reduced state, in the format of GloVe.

    Args:
        numbers: how many of each.
    """
    given, made = numbers
    parts = reduced(vectors.vectors, given), reduced(states(teacher, vectors.words), made)
    table = np.concatenate(parts, axis=1)
    part = path.with_name(f"part-{path.name}")
    with part.open("w", encoding="utf-8") as file:
        for word, row in zip(vectors.words, table, strict=True):
            file.write(f"{word} {' '.join(f'{number:.5g}' for number in row)}\n")
    part.rename(path)
