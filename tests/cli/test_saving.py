"""A model that has been trained is saved, wherever there is room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postagger import Config, Corpus, ModelFileError, Tagger
from postagger.checkpoint.model_file import write_model
from postagger.cli.saving import save


@pytest.fixture
def tagger(tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> Tagger:
    return Tagger.train(tiny_corpus, tiny_config(training={"epochs": 1}))


def full_folders(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    def fails_there(path: Path, *content: Any) -> None:
        if Path(path).parent in folders:
            raise ModelFileError(f"cannot write the model {path}: No space left on device")
        write_model(path, *content)

    monkeypatch.setattr("postagger.checkpoint.checkpoint.write_model", fails_there)


@pytest.mark.parametrize("full", [1, 2, 3])
def test_a_model_is_saved_elsewhere_if_the_disk_is_full(
    full: int, tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / name for name in ("runs", "current", "home", "temporary")]
    for folder in folders:
        folder.mkdir()
    monkeypatch.chdir(folders[1])
    monkeypatch.setenv("HOME", str(folders[2]))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(folders[3]))
    full_folders(monkeypatch, *folders[:full])
    with pytest.raises(ModelFileError, match="No space left on device; the trained model is in") as caught:
        save(tagger, folders[0] / "model.safetensors")
    (rescued,) = folders[full].iterdir()
    assert str(caught.value).endswith(str(rescued))
    assert Tagger.load(rescued).tag(["dog"]) == tagger.tag(["dog"])


def test_if_nothing_has_room_the_first_error_is_told(
    tagger: Tagger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    full_folders(monkeypatch, tmp_path)
    with pytest.raises(ModelFileError, match=r"model.safetensors: No space left on device$"):
        save(tagger, tmp_path / "model.safetensors")


def test_where_there_is_room_nothing_is_said(tagger: Tagger, tmp_path: Path) -> None:
    save(tagger, tmp_path / "model.safetensors")
    assert list(tmp_path.iterdir()) == [tmp_path / "model.safetensors"]
