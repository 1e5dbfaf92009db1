"""What is trained on the way to a tagger, kept in a folder for the next time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from postagger.encoding import WordVectors
from postagger.tagger.lessons import Lesson
from postagger.tagger.parts import TaggerParts, read_parts, write_parts
from postagger.version import __version__


def kept_or_trained(
    train: Callable[[], TaggerParts],
    folder: Path | None,
    settings: Mapping[str, Any],
    lessons: Sequence[Lesson],
    vectors: WordVectors | None,
) -> TaggerParts:
    """What the same settings, sentences, vectors and versions gave before; else trained, and kept.

    Args:
        folder: None keeps nothing.
        settings: plain data, the seed among them.
        lessons: all that is learned from, or chosen on; no plain text that was taught.

    Raises:
        ModelFileError: what was kept is damaged, or the folder can't be written.
    """
    if folder is None:
        return train()
    file = folder / f"{_fingerprint(settings, lessons, vectors)}.safetensors"
    if file.is_file():
        return read_parts(file)
    parts = train()
    write_parts(file, parts)
    return parts


def _fingerprint(settings: Mapping[str, Any], lessons: Sequence[Lesson], vectors: WordVectors | None) -> str:
    digest = hashlib.sha256(json.dumps([settings, __version__, torch.__version__]).encode())
    for lesson in lessons:
        for sentence in lesson.sentences:
            digest.update(
                "\n".join(f"{word}\t{tag}" for word, tag in sentence).encode(errors="surrogatepass")
            )
    if vectors is not None:
        digest.update("\n".join(vectors.words).encode(errors="surrogatepass"))
        digest.update(vectors.vectors.tobytes())
    return digest.hexdigest()[:16]
