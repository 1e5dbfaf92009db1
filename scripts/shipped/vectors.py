"""Word vectors for the shipped model: GloVe's, and what the teacher makes of each word by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from postagger.batches import EncodedCorpus
from postagger.checkpoint import Checkpoint
from postagger.features import Vocabulary, WordEncoding, WordVectors
from postagger.features.normalise import vector_forms
from postagger.models import TrainedModel

STATES = 30
"""Numbers of a vector that are about the teacher's states: their first principal components."""

SCALE = 0.4
"""The standard deviation of these numbers; about that of GloVe's."""

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


def write_vectors(path: Path, teacher: TrainedModel, vectors: WordVectors) -> None:
    """Writes each word's vector and its reduced state, in the format of GloVe."""
    table = np.concatenate([vectors.vectors, reduced(states(teacher, vectors.words), STATES)], axis=1)
    part = path.with_name(f"part-{path.name}")
    with part.open("w", encoding="utf-8") as file:
        for word, row in zip(vectors.words, table, strict=True):
            file.write(f"{word} {' '.join(f'{number:.5g}' for number in row)}\n")
    part.rename(path)


def with_fewer_vectors(checkpoint: Checkpoint, first: int, words: Iterable[str]) -> Checkpoint:
    """The model without the vectors of rare words: it keeps the first ones and those of `words`."""
    known = list(checkpoint.encoding.vocabularies["vectors"])
    wanted = {form for word in words for form in vector_forms(word, normalise=True)}
    kept = [number for number, word in enumerate(known) if number < first or word in wanted]
    name = "words.vectors.weight"  # its first row is that of unknown words
    rows = checkpoint.weights[name][[0, *(number + 1 for number in kept)]]
    tables = {**checkpoint.encoding.vocabularies, "vectors": Vocabulary(known[number] for number in kept)}
    record = checkpoint.record
    assert record.vectors is not None
    vectors = record.vectors.model_copy(update={"words": len(kept)})
    return replace(
        checkpoint,
        weights={**checkpoint.weights, name: rows},
        encoding=WordEncoding(checkpoint.encoding.config, tables),
        record=record.model_copy(update={"vectors": vectors}),
    )
