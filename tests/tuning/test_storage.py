"""The copy of a search that Optuna's dashboard opens."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postagger.tuning import Tuning

Search = Callable[..., Tuning]

RATE = "learning rate (times the optimiser's usual one)"


def trials_in(file: Path) -> list[Any]:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    (study,) = optuna.get_all_study_summaries(JournalStorage(JournalFileBackend(str(file))))
    loaded = optuna.load_study(
        study_name=study.study_name, storage=JournalStorage(JournalFileBackend(str(file)))
    )
    return loaded.trials


def same(file: Path, tuning: Tuning) -> None:
    """Checks that the file has exactly the trials of the search."""
    found = sorted(trials_in(file), key=lambda trial: trial.user_attrs["trial"])
    assert [trial.value for trial in found] == [run.accuracy for run in tuning.trials]
    for trial, run in zip(found, tuning.trials, strict=True):
        assert trial.params == {
            RATE if name == "learning rate" else name: value for name, value in run.draw.items()
        }
        assert trial.user_attrs["training.optimiser"] == run.draw["optimiser"]
        assert trial.user_attrs["training.learning_rate"] > 0
        assert trial.user_attrs["best epoch"] == run.best_epoch


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_file_has_the_trials_also_after_a_resumption(search: Search) -> None:
    tuning = search(trials=2)
    file = tuning.file.with_name("optuna.log")
    same(file, tuning)
    before = file.read_bytes()
    same(file, search(trials=3))
    assert file.read_bytes().startswith(before)
    file.unlink()
    same(file, search(trials=3))


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_file_that_is_damaged_or_of_another_search_is_written_anew(search: Search, tmp_path: Path) -> None:
    tuning = search(trials=2)
    file = tuning.file.with_name("optuna.log")
    other = search(trials=1, sampler="tpe", folder_name="other").file.with_name("optuna.log")
    for damage in (b"{", b"\xff\x00" * 9, b'{"op_code": 99}\n', file.read_bytes()[:200], other.read_bytes()):
        file.write_bytes(damage)
        same(file, search(trials=2))
    shutil.rmtree(tmp_path / "other")


def test_a_file_that_can_not_be_written_does_not_end_the_search(search: Search) -> None:
    file = search(trials=1).file.with_name("optuna.log")
    file.unlink()
    file.mkdir()
    with pytest.warns(RuntimeWarning, match=r"optuna\.log can't be written, so it ends here"):
        assert len(search(trials=3).trials) == 3


@pytest.mark.slow
def test_the_dashboard_opens_it(search: Search) -> None:
    pytest.importorskip("optuna_dashboard", reason="needs optuna-dashboard")
    tuning = search(trials=2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("optuna-dashboard")
    command = [str(program), str(tuning.file.with_name("optuna.log")), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            (study,) = answer(f"http://127.0.0.1:{port}/api/studies")["study_summaries"]
            details = answer(f"http://127.0.0.1:{port}/api/studies/{study['study_id']}")
        finally:
            server.terminate()
    assert study["study_name"] == "logistic, tiny"
    names = {each["name"] for each in details["trials"][0]["params"]}
    assert names == {RATE if name == "learning rate" else name for name in tuning.best.draw}
    assert [trial["values"] for trial in details["trials"]] == [[run.accuracy] for run in tuning.trials]


def answer(url: str) -> Any:
    """The JSON at an address, once a server answers there."""
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return json.load(response)
        except urllib.error.URLError:
            time.sleep(0.5)
    raise AssertionError(f"nothing answers at {url}")
