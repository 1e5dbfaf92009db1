"""A server with two models, in a thread of the tests' process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve")
pytest.importorskip("httptools", reason="needs the extra serve")
pytest.importorskip("prometheus_client", reason="needs the extra serve")

import httpx
from http_server import Serve, served

from postagger import Config, Corpus, Tagger
from postagger.serving.server.limits import Limits
from postagger.serving.server.models import Models, ServedModel


@pytest.fixture(scope="session")
def english() -> Tagger:
    return Tagger.load("en")


@pytest.fixture(scope="session")
def tiny(tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> Tagger:
    return Tagger.train(tiny_corpus, tiny_config("lstm"))


@pytest.fixture(scope="session")
def models(english: Tagger, tiny: Tagger) -> Models:
    found = Models([ServedModel("en", english), ServedModel("tiny", tiny)])
    for model in found.values():
        model.warm()
    return found


@pytest.fixture(scope="session")
def client(models: Models) -> Iterator[httpx.Client]:
    """A client of a server with the usual limits."""
    with served(models, Limits()) as found:
        yield found


@pytest.fixture
def limited(models: Models) -> Iterator[Serve]:
    """``limited(Limits(body=1000))`` gives the client of a server with these limits."""
    open_servers = []

    def serve(limits: Limits) -> httpx.Client:
        context = served(models, limits)
        open_servers.append(context)
        return context.__enter__()

    yield serve
    for context in open_servers:
        context.__exit__(None, None, None)
