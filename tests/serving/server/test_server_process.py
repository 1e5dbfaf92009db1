"""The server as a process: signals, workers, ports; and what the command line says."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from http_server import eventually

from postagger import Config, Corpus, Tagger
from postagger.errors import ConfigError, PostaggerError
from postagger.serving.server.models import Models, ServedModel, load_models, named_files
from postagger.serving.server.process import address_of, bind

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """``start("--workers", "2")`` gives the process and its URL, when it serves."""
    processes = []

    def run(*options: str, program: str = "") -> tuple[subprocess.Popen[str], str]:
        python = ["-c", program] if program else ["-m", "postagger"]
        command = [sys.executable, *python, "serve", "--port", "0", *options]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.fullmatch(r"serving .* at (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line + process.stderr.read()
        return process, found[1]

    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_sigterm_lets_requests_end(start: Start) -> None:
    """A large request and a stream are answered whole, though the signal comes while they are tagged."""
    process, url = start()
    answers: list[httpx.Response] = []
    text = {"text": "She saw the old saw and he saw her saw. " * 8_000}

    def ask() -> None:
        answers.append(httpx.post(f"{url}/v1/tag", json=text, timeout=60))

    thread = threading.Thread(target=ask)
    thread.start()

    def is_at_work() -> bool:
        return 'postagger_waiting_requests{model="en"} 1.0' in httpx.get(f"{url}/metrics").text

    assert eventually(is_at_work)
    process.send_signal(signal.SIGTERM)
    thread.join(60)
    assert process.wait(30) == 0
    (answer,) = answers
    assert answer.status_code == 200
    assert len(answer.json()["results"][0]["tokens"]) == 88_000
    assert process.stderr is not None
    assert process.stderr.read() == ""
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # as if it were not installed
from postagger.__main__ import run
run()
"""


def test_it_serves_without_torch(start: Start) -> None:
    _, url = start("--log", program=WITHOUT_TORCH)
    answer = post(f"{url}/v1/tag").json()
    assert [token["tag"] for token in answer["results"][0]["tokens"]] == ["PRP", "VBD", "."]
    assert httpx.get(f"{url}/v1/models").json()["models"][0]["explains"] is False
    refused = httpx.post(f"{url}/v1/explain", json={"tokens": ["a"], "position": 0})
    assert refused.status_code == 501
    assert "postagkit[train]" in refused.json()["detail"]


@needs_fork
def test_workers_share_the_port_and_count_together(start: Start) -> None:
    process, url = start("--workers", "2")
    assert eventually(lambda: len(children(process.pid)) == 2)
    workers = children(process.pid)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: post(f"{url}/v1/tag").status_code, range(40)))
    assert statuses == [200] * 40
    assert 'postagger_tokens_total{model="en"} 120.0' in httpx.get(f"{url}/metrics").text
    os.kill(workers[0], signal.SIGKILL)
    assert eventually(lambda: len(set(children(process.pid)) - {workers[0]}) == 2)
    assert post(f"{url}/v1/tag").status_code == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert not any(alive(worker) for worker in workers)
    assert process.stderr is not None
    assert process.stderr.read().splitlines() == [
        f"worker {workers[0]} ended with status -9: starting another one",
        "interrupted",
    ]


@needs_fork
@pytest.mark.slow
def test_workers_end_when_their_parent_is_killed(start: Start) -> None:
    process, url = start("--workers", "2")
    assert eventually(lambda: len(children(process.pid)) == 2)
    workers = children(process.pid)
    assert httpx.get(f"{url}/health/live", timeout=30).status_code == 200
    process.kill()
    assert eventually(lambda: not any(alive(worker) for worker in workers))


def post(url: str) -> httpx.Response:
    return httpx.post(url, json={"text": "She saw."}, timeout=30)


def children(process: int) -> list[int]:
    return [int(number) for number in ps("--ppid", str(process), "-o", "pid=").split()]


def alive(process: int) -> bool:
    state = ps("-p", str(process), "-o", "stat=").strip()
    return state != "" and not state.startswith("Z")


def ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True).stdout


def command(*options: str) -> tuple[int, str]:
    found = subprocess.run(
        [sys.executable, "-m", "postagger", "serve", *options], capture_output=True, text=True, timeout=60
    )
    assert found.stdout == ""
    return found.returncode, found.stderr


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, message = command("--port", str(port))
    assert status == 1
    assert message == f"postagger: cannot serve at 127.0.0.1, port {port}: Address already in use\n"


@pytest.mark.parametrize("host", ["nonsense.invalid", "192.0.2.1", "a..b", "x" * 300])
def test_a_host_that_is_not_here_is_an_error(host: str) -> None:
    with pytest.raises(PostaggerError, match="cannot serve at"):
        bind(host, 0)


def test_ipv6_if_there_is_any() -> None:
    try:
        with bind("::1", 0) as bound:
            assert re.fullmatch(r"http://\[::1\]:\d+", address_of(bound))
    except PostaggerError as error:
        pytest.skip(str(error))


# -- models and their names ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("served")
    tagger = Tagger.train(tiny_corpus, tiny_config("window"))
    tagger.save(folder / "news.safetensors")
    (folder / "both").mkdir()
    for name in ("a", "b"):
        tagger.save(folder / "both" / f"{name}.safetensors")
    return folder


def test_models_are_named_by_their_files(files: Path) -> None:
    found = named_files(["en", str(files / "news.safetensors"), f"old={files / 'both'}", str(files / "both")])
    assert list(found) == ["en", "news", "old", "both"]
    models = load_models({name: file for name, file in found.items() if name != "en"})
    assert models.default == "news"
    kinds = [each["kind"] for each in models.described()["models"]]
    assert kinds == ["window", "ensemble", "ensemble"]
    assert [each["explains"] for each in models.described()["models"]] == [True, False, False]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["en", "en"], "two models are called en"),
        (["a b=x"], "can't be served as 'a b'"),
        (["=x"], "can't be served"),
        (["x" * 200 + "=y"], "can't be served"),
    ],
)
def test_names_that_can_not_be(given: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        named_files(given)


def test_an_ensemble_tags_and_does_not_explain(files: Path) -> None:
    from http_server import served

    from postagger.serving.server.limits import Limits

    models = load_models(named_files([str(files / "both")]))
    words = ["They", "saw", "the", "saw", "."]
    with served(models, Limits()) as client:
        answer = client.post("/v1/tag", json={"sentences": [words], "probabilities": True})
        tokens = answer.json()["results"][0]["tokens"]
        assert [(each["text"], each["tag"]) for each in tokens] == models["both"].tagger.tag(words)
        refused = client.post("/v1/explain", json={"tokens": words, "position": 1})
        assert refused.status_code == 501
        assert "ensemble" in refused.json()["detail"]


def test_two_models_need_two_names(english: Tagger) -> None:
    with pytest.raises(ConfigError, match="two models are called a"):
        Models([ServedModel("a", english), ServedModel("a", english)])
    with pytest.raises(ConfigError, match="no model"):
        Models([])
