"""The digest of a model file, in its header: a file of which a single bit has changed is not loaded.

It is the SHA-256 of the whole file with zeros in its own place. It protects against accidents, not against
people: whoever changes a file can write another digest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PLACE = "0" * 64
"""Stands in the header, as ``"digest"``, until the digest is known."""

_DIGEST = re.compile(rb'\\"digest\\": \\"([0-9a-f]{64})\\"')
"""In the header, which has the metadata as JSON within JSON, so quotes are escaped."""

_LENGTH = 8
"""A safetensors file begins with the length of its header, in as many bytes."""

LONGEST_HEADER = 100_000_000
"""As in the library safetensors."""

_CHUNK = 2**20


def with_digest(content: bytes) -> Iterator[bytes | memoryview]:
    """The parts of a file, with its digest in the place for it."""
    found = _DIGEST.search(content)
    assert found is not None
    whole = memoryview(content)
    yield whole[: found.start(1)]
    yield hashlib.sha256(whole).hexdigest().encode()
    yield whole[found.end(1) :]


def check_digest(path: Path) -> bool:
    """Whether a file has a digest; files of earlier formats have none.

    Raises:
        ValueError: it has one, but not its own; or it is no safetensors file.
    """
    with path.open("rb") as file:
        start = file.read(_LENGTH)
        length = int.from_bytes(start, "little")
        if len(start) < _LENGTH or length > LONGEST_HEADER:
            raise ValueError("its header is damaged")
        header = file.read(length)
        found = _DIGEST.search(header)
        if found is None:
            return False
        digest = hashlib.sha256(start)
        digest.update(header[: found.start(1)] + PLACE.encode() + header[found.end(1) :])
        for chunk in _chunks(file):
            digest.update(chunk)
    if digest.hexdigest().encode() != found[1]:
        raise ValueError("its bytes are not those that were saved: get the file again")
    return True


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk
