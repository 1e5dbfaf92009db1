from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch

from postagger import Config, Corpus, ModelFileError, Tagger
from postagger.checkpoint.model_file import FORMAT_VERSION, check_writable, read_model, write_model


@pytest.fixture(scope="module")
def tagger(tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> Tagger:
    return Tagger.train(tiny_corpus, tiny_config(words={"character_dim": 4, "character_filters": 4}))


@pytest.fixture
def model(tagger: Tagger, tmp_path: Path) -> Path:
    tagger.save(tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


# -- round trip -------------------------------------------------------------------------------------


def test_what_is_saved_is_loaded(tagger: Tagger, model: Path) -> None:
    loaded = Tagger.load(model)
    saved, read = tagger.network.state_dict(), loaded.network.state_dict()
    assert saved.keys() == read.keys()
    assert all(np.array_equal(saved[name], read[name]) for name in saved)
    assert loaded.config == tagger.config
    assert loaded.tagset.tags == tagger.tagset.tags
    assert loaded.lexicon.entries == tagger.lexicon.entries
    assert loaded.record == tagger.record
    assert not loaded.network.training


def test_a_loaded_tagger_tags_as_before(tagger: Tagger, model: Path, tiny_corpus: Corpus) -> None:
    loaded = Tagger.load(model)
    for sentence in tiny_corpus.test:
        words = [word for word, _ in sentence]
        assert loaded.tag(words) == tagger.tag(words)
        assert loaded.distributions(words) == tagger.distributions(words)


def test_save_load_save_gives_the_same_bytes(model: Path, tmp_path: Path) -> None:
    Tagger.load(model).save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == model.read_bytes()


@pytest.mark.parametrize("kind", ["logistic", "rnn", "gru", "lstm"])
def test_round_trip_of_the_other_models(
    kind: str, tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path: Path
) -> None:
    tagger = Tagger.train(tiny_corpus, tiny_config(kind, training={"epochs": 1}))
    tagger.save(tmp_path / "one")
    Tagger.load(tmp_path / "one").save(tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_weights_and_metadata_come_back(tmp_path: Path) -> None:
    weights = {"a": np.arange(6.0).reshape(3, 2).T, "b": np.arange(3)}  # a transposed one is not contiguous
    write_model(tmp_path / "file", weights, {"tags": ["``", "Ä", "🙂"], "n": [1, 0.1, None]})
    read, metadata = read_model(tmp_path / "file")
    assert np.array_equal(read["a"], weights["a"])
    assert np.array_equal(read["b"], weights["b"])
    assert metadata == {"format_version": FORMAT_VERSION, "tags": ["``", "Ä", "🙂"], "n": [1, 0.1, None]}


def test_a_header_of_any_length_is_read(tmp_path: Path) -> None:
    """The file starts with the length of its header: one length in 32 looks like the start of a pickle."""
    first_bytes = set()
    for length in range(0, 256, 8):
        write_model(tmp_path / "file", {"a": np.zeros(1)}, {"padding": "x" * length})
        first_bytes.add((tmp_path / "file").read_bytes()[0])
        assert read_model(tmp_path / "file")[1]["padding"] == "x" * length
    assert 0x80 in first_bytes


# -- writing ----------------------------------------------------------------------------------------


def test_a_failure_midway_leaves_the_old_file(
    tagger: Tagger, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = model.read_bytes()

    def disk_full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", disk_full)
    with pytest.raises(ModelFileError, match=r"cannot write the model .*: No space left on device"):
        tagger.save(model)
    assert model.read_bytes() == before
    assert list(model.parent.iterdir()) == [model]


def test_an_interruption_leaves_the_old_file(
    tagger: Tagger, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = model.read_bytes()

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "chmod", interrupt)
    with pytest.raises(KeyboardInterrupt):
        tagger.save(model)
    assert model.read_bytes() == before
    assert list(model.parent.iterdir()) == [model]


def test_folders_are_made_and_old_files_replaced(tagger: Tagger, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "model"
    for _ in range(2):
        tagger.save(path)
        assert Tagger.load(path).record == tagger.record
    assert list(path.parent.iterdir()) == [path]


def test_a_file_has_the_permissions_of_any_other(model: Path) -> None:
    other = model.parent / "other"
    other.touch()
    assert model.stat().st_mode == other.stat().st_mode


def test_an_unwritable_place_is_an_error(tagger: Tagger, model: Path, tmp_path: Path) -> None:
    for place in (model / "below-a-file", tmp_path):
        for write in (tagger.save, check_writable):
            with pytest.raises(ModelFileError, match=f"cannot write the model {place}: "):
                write(place)
    assert list(tmp_path.iterdir()) == [model]


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


# -- not a model ------------------------------------------------------------------------------------


class _Bomb:
    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, ("exploded",)


def _expect_error(path: Path, problem: str) -> None:
    with pytest.raises(ModelFileError, match=problem) as caught:
        Tagger.load(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    _expect_error(tmp_path / "missing", "cannot read the model .*: No such file")


def test_a_folder_is_an_error(tmp_path: Path) -> None:
    _expect_error(tmp_path, ".* is a folder, not a model: name one of the files in it")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"The dog barks .\n" * 20,
        bytes(range(256)) * 4,
        b"\xff" * 100,
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 10**15) + b"{}",
        b"PK",
        b"\x80",
    ],
)
def test_a_file_that_is_not_safetensors_is_an_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    _expect_error(tmp_path / "file", "is not a model|not a postagger model|is a pickle")


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.1, 0.5, 0.9, 0.9999])
def test_a_truncated_file_is_an_error(kept: float, model: Path) -> None:
    content = model.read_bytes()
    model.write_bytes(content[: int(kept * len(content))])
    _expect_error(model, "is not a model, or is damaged")


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_is_an_error_and_not_run(
    protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(pickle.dumps(_Bomb(), protocol=protocol))
    _expect_error(tmp_path / "file", "is a pickle, which could run code")
    assert not (tmp_path / "exploded").exists()


def test_an_old_text_pickle_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(pickle.dumps(_Bomb(), protocol=0))
    _expect_error(tmp_path / "file", "is not a model")
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_saved_by_torch_is_an_error(zipped: bool, tagger: Tagger, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    torch.save(tagger.network.state_dict(), path, _use_new_zipfile_serialization=zipped)
    _expect_error(path, "is a pickle, which could run code")


def test_tensors_from_elsewhere_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(safetensors.numpy.save({"a": np.zeros(2)}))
    _expect_error(path, "not a postagger model")
    path.write_bytes(safetensors.numpy.save({"a": np.zeros(2)}, {"format": "pt"}))
    _expect_error(path, "not a postagger model")


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "7", "null", "{}", '{"format_version": "new"}'])
def test_malformed_metadata_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(safetensors.numpy.save({"a": np.zeros(2)}, {"postagger": text}))
    _expect_error(tmp_path / "file", "is not a model, or is damaged")


# -- models edited by hand --------------------------------------------------------------------------


def _edit(model: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Changes the metadata of a model file in place."""
    weights, metadata = read_model(model)
    edit(metadata)
    write_model(model, weights, metadata)


def test_an_edit_that_changes_nothing_does_no_harm(tagger: Tagger, model: Path) -> None:
    """This shows that the errors below come from the edits."""
    _edit(model, lambda _: None)
    assert Tagger.load(model).record == tagger.record


def test_a_newer_format_is_an_error_that_names_the_versions(model: Path) -> None:
    _edit(model, lambda metadata: metadata.update(format_version=FORMAT_VERSION + 1))
    _expect_error(
        model, f"has format version {FORMAT_VERSION + 1}, but .* reads only up to {FORMAT_VERSION}: upgrade"
    )


@pytest.mark.parametrize("key", ["config", "tags", "vocabularies", "lexicon", "record"])
def test_a_missing_part_is_an_error(key: str, model: Path) -> None:
    _edit(model, lambda metadata: metadata.pop(key))
    _expect_error(model, f"is damaged.*{key}")


@pytest.mark.parametrize("value", [None, 7, "text", [7]])
@pytest.mark.parametrize("key", ["config", "tags", "vocabularies", "lexicon", "record"])
def test_a_part_of_the_wrong_type_is_an_error(key: str, value: Any, model: Path) -> None:
    _edit(model, lambda metadata: metadata.update({key: value}))
    _expect_error(model, "is damaged")


@pytest.mark.parametrize(
    "edit",
    [
        lambda metadata: metadata["tags"].pop(),
        lambda metadata: metadata["tags"].append("NEW"),
        lambda metadata: metadata["tags"].clear(),
        lambda metadata: metadata["vocabularies"]["word"].pop(),
        lambda metadata: metadata["vocabularies"]["suffix1"].append("new"),
        lambda metadata: metadata["vocabularies"].pop("word"),
        lambda metadata: metadata["vocabularies"].pop("characters"),
        lambda metadata: metadata["vocabularies"].update(prefix9=["a"]),
        lambda metadata: metadata["config"]["words"].update(word_dim=9),
        lambda metadata: metadata["config"]["model"].update(hidden=[17]),
        lambda metadata: metadata["config"]["model"].update(left=2),
        lambda metadata: metadata["config"].update(model={"kind": "lstm"}),
        lambda metadata: metadata["config"]["training"].update(epochs=-1),
        lambda metadata: metadata["config"]["training"].update(of_the_future=1),
        lambda metadata: metadata["lexicon"].append(["word", 1]),
    ],
)
def test_parts_that_do_not_fit_are_an_error(edit: Callable[[dict[str, Any]], object], model: Path) -> None:
    _edit(model, edit)
    _expect_error(model, "is damaged")


def test_missing_and_foreign_weights_are_an_error(model: Path) -> None:
    weights, metadata = read_model(model)
    name = min(weights)
    for changed in (
        {key: value for key, value in weights.items() if key != name},
        weights | {"foreign": np.zeros(1)},
        weights | {name: np.zeros((1, 1, 1))},
    ):
        write_model(model, changed, metadata)
        _expect_error(model, "is damaged: its contents do not fit together")
