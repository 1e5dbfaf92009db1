"""The other paths: models, explanations, health, metrics, the page, OpenAPI; and methods."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any

import httpx
import pytest
from http_server import served

from postagger import Tagger
from postagger.serving.server.limits import Limits
from postagger.serving.server.models import Models
from postagger.serving.server.service import Service

WORDS = ["They", "man", "the", "boat", "."]


def test_models_are_described(client: httpx.Client, english: Tagger, tiny: Tagger) -> None:
    first, second = client.get("/v1/models").json()["models"]
    assert (first["name"], first["default"], first["kind"]) == ("en", True, "window")
    assert (second["name"], second["default"], second["kind"]) == ("tiny", False, "lstm")
    assert [(head["name"], head["main"]) for head in first["heads"]] == [
        ("xpos", True),
        ("upos", False),
        ("feats", False),
    ]
    assert first["heads"][1]["tags"] == list(english.heads["upos"])
    assert second["heads"][0]["tags"] == list(tiny.tagset)
    assert first["licence"] == english.licence
    assert "licence" not in second
    assert first["scores"]["dev"]["upos"] == english.record.dev_accuracies["upos"]
    assert first["explains"] is second["explains"] is True


def explain(client: httpx.Client, **request: Any) -> httpx.Response:
    return client.post("/v1/explain", json=request)


def test_an_explanation_is_the_taggers(client: httpx.Client, english: Tagger) -> None:
    answer = explain(client, tokens=WORDS, position=1, head="upos", against="NOUN")
    found = english.explain(WORDS, 1, head="upos", against="NOUN")
    assert answer.status_code == 200
    assert answer.json()["model"] == "en"
    (explanation,) = answer.json()["explanations"]
    assert explanation == json.loads(json.dumps(asdict(found) | {"rest": found.rest}))


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        ({"tokens": WORDS, "position": 5}, 422, "position 5"),
        ({"tokens": WORDS, "position": -1}, 422, "position"),
        ({"tokens": [], "position": 0}, 422, "tokens"),
        ({"tokens": WORDS, "position": 1, "against": "XYZ"}, 422, "XYZ"),
        ({"tokens": WORDS, "position": 2, "against": "DT"}, 422, "predicted tag"),
        ({"tokens": WORDS, "position": 1, "head": "x"}, 422, "no head"),
        ({"tokens": WORDS, "position": 1, "model": "x"}, 404, "no model"),
        ({"tokens": WORDS}, 422, "position"),
        ({"tokens": ["a"] * 301, "position": 1}, 413, "300"),
        ({"tokens": ["a" * 10_001], "position": 0}, 413, "10,000"),
    ],
    ids=range(10),
)
def test_what_can_not_be_explained(
    client: httpx.Client, request_: dict[str, Any], status: int, words: str
) -> None:
    answer = explain(client, **request_)
    assert answer.status_code == status
    assert words in answer.json()["detail"]


def test_without_torch_there_are_no_explanations(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from postagger import PostaggerError
    from postagger.serving.server import explaining

    def missing(what: str) -> None:
        raise PostaggerError(f"{what} torch: pip install ...")

    monkeypatch.setattr(explaining, "require_torch", missing)
    answer = explain(client, tokens=WORDS, position=1)
    assert answer.status_code == 501
    assert "pip install" in answer.json()["detail"]


def test_health(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json() == {"status": "ok"}


def test_a_service_is_ready_while_its_threads_run(models: Models) -> None:
    from postagger.serving.server.metrics import Metrics

    service = Service(models, Limits(), Metrics())

    async def run() -> list[bool]:
        before = service.is_ready
        async with service.running():
            return [before, service.is_ready]

    assert asyncio.run(run()) == [False, True]
    assert not service.is_ready


def test_metrics_count_what_was_asked(models: Models) -> None:
    with served(models, Limits()) as client:
        client.post("/v1/tag", json={"text": "She saw. He ran."})
        client.post("/v1/tag", json={"texts": 5})
        client.get("/nonsense/" + "x" * 50)
        lines = client.get("/metrics").text.splitlines()
    assert 'postagger_requests_total{path="/v1/tag",status="200"} 1.0' in lines
    assert 'postagger_requests_total{path="/v1/tag",status="422"} 1.0' in lines
    assert 'postagger_requests_total{path="other",status="404"} 1.0' in lines
    assert 'postagger_tokens_total{model="en"} 6.0' in lines
    assert 'postagger_sentences_total{model="en"} 2.0' in lines
    assert 'postagger_waiting_requests{model="en"} 0.0' in lines
    assert "postagger_open_requests 1.0" in lines
    assert 'postagger_request_seconds_count{path="/v1/tag"} 2.0' in lines
    assert 'postagger_batch_requests_count{model="en"} 1.0' in lines


def test_the_page_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/v1/models", "/health/live", "/openapi.json", "/metrics"])
def test_head_is_get_without_the_body(client: httpx.Client, path: str) -> None:
    answer = client.head(path)
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("OPTIONS", "/v1/tag", 405),
        ("GET", "/v1/tag", 405),
        ("HEAD", "/v1/tag", 405),
        ("PUT", "/v1/tag", 405),
        ("POST", "/v1/models", 405),
        ("TRACE", "/", 405),
        ("GET", "/v1", 404),
        ("GET", "/docs", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/v1/tag/", 404),
    ],
)
def test_other_methods_and_paths(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path, follow_redirects=False)
    assert answer.status_code == status
    if method != "HEAD":
        assert set(answer.json()) == {"detail"}
    if status == 405:
        assert answer.headers["allow"]


def test_openapi_describes_every_path_with_examples(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/v1/models",
        "/v1/tag",
        "/v1/explain",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/label-studio/{model}/health",
        "/label-studio/{model}/setup",
        "/label-studio/{model}/predict",
        "/inception/{model}/predict",
    }
    for operations in described["paths"].values():
        for operation in operations.values():
            assert operation["summary"]
    tag = described["paths"]["/v1/tag"]["post"]
    request = tag["requestBody"]["content"]["application/json"]["schema"]
    assert all(client.post("/v1/tag", json=example).status_code == 200 for example in request["examples"])
    assert {"200", "400", "404", "413", "415", "422", "503", "504"} <= set(tag["responses"])


def test_explanations_one_at_a_time_and_no_more_than_some_wait(client: httpx.Client) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: explain(client, tokens=WORDS, position=1), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
