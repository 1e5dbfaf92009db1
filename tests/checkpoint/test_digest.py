"""A file that has changed is not loaded, and whatever a file contains, there is an answer in time."""

from __future__ import annotations

import json
import os
import random
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from postagger import Config, Corpus, ModelFileError, Tagger
from postagger.checkpoint.digest import PLACE, with_digest
from postagger.checkpoint.model_file import FORMAT_VERSION, read_model, write_model

FLIPS, CUTS = 300, 60


@pytest.fixture(scope="module")
def model(tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path_factory: Any) -> Path:
    path: Path = tmp_path_factory.mktemp("models") / "model.safetensors"
    Tagger.train(tiny_corpus, tiny_config()).save(path)
    return path


def test_any_flipped_bit_is_found(model: Path, tmp_path: Path) -> None:
    """Some of those that scripts/fuzz tries; each byte of the file's start at least once."""
    content, draw = model.read_bytes(), random.Random(1)
    places = [*range(80), *(draw.randrange(len(content)) for _ in range(FLIPS))]
    for place in places:
        changed = bytearray(content)
        changed[place] ^= 1 << draw.randrange(8)
        (tmp_path / "file").write_bytes(changed)
        with pytest.raises(ModelFileError) as caught:
            Tagger.load(tmp_path / "file")
        assert "\n" not in str(caught.value)


def test_any_missing_end_is_found(model: Path, tmp_path: Path) -> None:
    content, draw = model.read_bytes(), random.Random(2)
    for length in [0, 1, 7, 8, 9, len(content) - 1, *(draw.randrange(len(content)) for _ in range(CUTS))]:
        (tmp_path / "file").write_bytes(content[:length])
        with pytest.raises(ModelFileError):
            Tagger.load(tmp_path / "file")


def test_more_at_the_end_is_found(model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(model.read_bytes() + b"\0")
    with pytest.raises(ModelFileError):
        Tagger.load(tmp_path / "file")


def test_a_file_of_today_needs_a_digest_and_one_of_before_does_not(model: Path, tmp_path: Path) -> None:
    weights, metadata = read_model(model)
    for version in (4, FORMAT_VERSION):
        text = json.dumps(metadata | {"format_version": version})
        (tmp_path / str(version)).write_bytes(save(weights, {"postagger": text}))
    assert Tagger.load(tmp_path / "4").tag(["dog"])
    with pytest.raises(ModelFileError, match="its digest is missing"):
        Tagger.load(tmp_path / str(FORMAT_VERSION))


def test_the_digest_is_that_of_the_file_with_zeros_in_its_place(model: Path) -> None:
    content = model.read_bytes()
    digest = content.split(b'digest\\": \\"')[1][:64]
    again = content.replace(digest, PLACE.encode())
    assert b"".join(map(bytes, with_digest(again))) == content


def _deep(metadata: dict[str, Any]) -> None:
    nested: Any = []
    for _ in range(500):
        nested = [nested]
    metadata["config"]["model"]["hidden"] = nested


def _set(*keys: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(metadata: dict[str, Any]) -> None:
        inner = metadata
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = value

    return change


CRAFTED: dict[str, Callable[[dict[str, Any]], None]] = {
    "deep": _deep,
    "vast layer": _set("config", "model", "hidden", value=[16384, 16384]),
    "many layers": _set("config", "model", "hidden", value=[1] * 50_000),
    "many wrong settings": _set("config", "words", value={f"a{n}": n for n in range(20_000)}),
    "many wrong facts": _set("record", "left_out", value={f"a{n}": "x" for n in range(15_000)}),
    "vast record": _set("record", "left_out", value={f"a{n}": n for n in range(200_000)}),
    "tag twice": _set("tags", value=["NN", "NN"]),
    "tag null": _set("tags", value=["NN", None]),
    "tags a number": _set("tags", value=7),
    "tags text": _set("tags", value="NN"),
    "word twice": _set("vocabularies", "word", value=["a", "a"]),
    "word a number": _set("vocabularies", "word", value=["a", 1]),
    "word null": _set("vocabularies", "word", value=[None]),
    "vocabulary unknown": _set("vocabularies", "more", value=["a"]),
    "lexicon negative": _set("lexicon", value=[["a", -1, 1]]),
    "lexicon twice": _set("lexicon", value=[["a", 1, 1], ["a", 1, 1]]),
    "lexicon null": _set("lexicon", value=[["a", None, 1]]),
    "lexicon a dictionary": _set("lexicon", value={"a": 1}),
    "two heads": _set("other_tags", "tiny", value=["NN"]),
    "head null": _set("other_tags", value=None),
    "temperatures text": _set("temperatures", value="1"),
    "temperature null": _set("temperatures", value={"tiny": None}),
    "temperature true": _set("temperatures", value={"tiny": True}),
    "temperature zero": _set("temperatures", value={"tiny": 0.0}),
    "temperature infinite": _set("temperatures", value={"tiny": float("inf")}),
    "temperature of no head": _set("temperatures", value={"other": 1.0}),
    "long number": _set("config", "training", "seed", value=10**400),
    "version text": _set("format_version", value="5"),
    "version true": _set("format_version", value=True),
    "version fraction": _set("format_version", value=5.0),
    "version vast": _set("format_version", value=10**30),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_whatever_a_file_says_is_answered_soon(name: str, model: Path, tmp_path: Path) -> None:
    weights, metadata = read_model(model)
    CRAFTED[name](metadata)
    write_model(tmp_path / "file", weights, metadata)
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(ModelFileError) as caught:
            Tagger.load(tmp_path / "file")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 20, "of the CPU, in a test that traces memory"
    assert peak < 300e6
    assert len(str(caught.value)) < 1000 + len(str(tmp_path))


@pytest.mark.parametrize("header", [b"[" * 100_000, b'{"a":' * 100_000, b"{" + b" " * 10_000_000])
def test_brackets_and_blanks(header: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(ModelFileError):
        Tagger.load(tmp_path / "file")
    text = header.decode()[:100_000]
    (tmp_path / "file").write_bytes(save({"a": np.zeros(1)}, {"postagger": text}))
    with pytest.raises(ModelFileError):
        Tagger.load(tmp_path / "file")


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_weights_are_finite(wrong: float, model: Path, tmp_path: Path) -> None:
    weights, metadata = read_model(model)
    name = "head.scores.bias"
    weights[name] = weights[name].copy()
    weights[name][0] = wrong
    write_model(tmp_path / "file", weights, metadata)
    with pytest.raises(ModelFileError, match="not finite"):
        Tagger.load(tmp_path / "file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path, model: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null"), Path("/dev/zero")):
        with pytest.raises(ModelFileError, match="is a device or a pipe"):
            Tagger.load(path)
        with pytest.raises(ModelFileError, match="is a device or a pipe"):
            Tagger.load(model).save(path)
    assert (tmp_path / "pipe").is_fifo()
