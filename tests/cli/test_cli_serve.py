"""`postagger serve`: what its options mean. tests/serving/server has the server itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import Run, runner

from postagger.serving.server.limits import Limits

run = pytest.fixture(runner)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What `serve` was called with, which then does not serve."""
    calls: list[Any] = []

    def serve(models: Any, _: Any, limits: Limits, **options: Any) -> None:
        calls.append((list(models), limits, options))

    pytest.importorskip("fastapi", reason="needs the extra serve")
    monkeypatch.setattr("postagger.serving.server.process.serve", serve)
    return calls


def test_the_options_are_limits(run: Run, served: list[Any]) -> None:
    arguments = "--port 0 --max-body 5 --max-sentences 6 --max-tokens 7 --max-waiting 8 --max-connections 9"
    more = "--timeout 1.5 --stop-timeout 2 --workers 3"
    result = run("serve", "en", *arguments.split(), *more.split())
    assert (result.status, result.stderr) == (0, "")
    ((names, limits, options),) = served
    assert names == ["en"]
    assert limits == Limits(body=5, sentences=6, tokens=7, seconds=1.5, waiting=8, connections=9, stop=2.0)
    assert (options["workers"], options["log"]) == (3, False)


def test_the_defaults_are_those_of_the_limits(run: Run, served: list[Any]) -> None:
    assert run("serve", "--port", "0").status == 0
    ((names, limits, _),) = served
    assert (names, limits) == (["en"], Limits())


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ("serve --port 65536", 2, "not in 0..65535"),
        ("serve --port x", 2, "invalid"),
        ("serve --timeout 0", 2, "0..86400"),
        ("serve --timeout nan", 2, "0..86400"),
        ("serve --workers 0", 2, "less than 1"),
        ("serve nothing.safetensors --port 0", 1, "No such file"),
        ("serve en en --port 0", 2, "two models are called en"),
        ("serve --port 0 --device cuda --workers 2", 2, "CUDA"),
    ],
)
@pytest.mark.usefixtures("served")
def test_what_can_not_be_is_one_line(run: Run, arguments: str, status: int, words: str) -> None:
    result = run(*arguments.split())
    assert result.status == status
    assert words in result.stderr.splitlines()[-1]


def test_a_missing_extra_is_said(run: Run, missing: Callable[..., None]) -> None:
    missing("fastapi")
    result = run("serve", "--port", "0")
    assert result.status == 1
    assert result.stderr == "postagger: serving needs fastapi: pip install 'postagkit[serve]'\n"


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``missing("fastapi")``: as if it were not installed."""
    import importlib.util

    real = importlib.util.find_spec

    def hide(*names: str) -> None:
        def find(name: str, package: str | None = None) -> Any:
            return None if name in names else real(name, package)

        monkeypatch.setattr(importlib.util, "find_spec", find)

    return hide


def test_the_page_is_part_of_the_package() -> None:
    import postagger.serving

    assert (Path(postagger.serving.__file__).parent / "page" / "index.html").is_file()
