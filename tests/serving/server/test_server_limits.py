"""Limits: who asks for too much is told so, and others are answered meanwhile."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from http_server import Serve, eventually

from postagger.serving.server import batching
from postagger.serving.server.limits import Limits
from postagger.serving.server.work import tag_together

SMALL = Limits(body=5000, sentences=20, tokens=100, seconds=1.0)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"text": "a" * 6000}, "bytes"),
        ({"text": "a " * 101}, "tokens"),
        ({"text": "a,b " * 40}, "tokens"),
        ({"texts": ["a"] * 21}, "sentences"),
        ({"sentences": [["a"]] * 21}, "sentences"),
        ({"sentences": [[]] * 21}, "sentences"),
        ({"text": "a\n" * 21}, "sentences"),
        ({"sentences": [["a"] * 60], "top": 49}, "top tags"),
    ],
    ids=range(8),
)
def test_too_much_is_refused(limited: Serve, request_: dict[str, Any], words: str) -> None:
    client = limited(SMALL)
    answer = client.post("/v1/tag", json=request_)
    assert answer.status_code == 413
    assert words in answer.json()["detail"]
    assert client.post("/v1/tag", json={"text": "a"}).status_code == 200


def test_long_words_are_refused(client: httpx.Client) -> None:
    assert client.post("/v1/tag", json={"sentences": [["a" * 10_001]]}).status_code == 413
    assert client.post("/v1/tag", json={"text": "a" * 10_001}).status_code == 413
    assert client.post("/v1/tag", json={"text": "a" * 10_000}).status_code == 200


def test_a_large_body_without_its_length_is_refused(limited: Serve) -> None:
    client = limited(SMALL)
    answer = client.post(
        "/v1/tag", content=(b"x" * 1000 for _ in range(100)), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_a_client_that_waits_for_100_is_refused_at_once(limited: Serve) -> None:
    client = limited(SMALL)
    with connection(client) as given:
        given.sendall(HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost") % 10**9)
        assert given.recv(100).startswith(b"HTTP/1.1 413")


def test_what_takes_too_long_gets_504(limited: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*arguments: Any) -> Any:
        if any(request.text == "slow" for request in arguments[1]):
            time.sleep(1.5)
        return tag_together(*arguments)

    monkeypatch.setattr(batching, "tag_together", slow)
    client = limited(SMALL)
    begin = time.monotonic()
    assert client.post("/v1/tag", json={"text": "slow"}).status_code == 504
    assert time.monotonic() - begin < 1.4
    assert client.get("/health/live").status_code == 200
    assert client.post("/v1/tag", json={"text": "quick"}).status_code == 200


def test_too_many_that_wait_are_refused(limited: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    def held(*arguments: Any) -> Any:
        go_on.wait(10)
        return tag_together(*arguments)

    monkeypatch.setattr(batching, "tag_together", held)
    client = limited(Limits(waiting=3))
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(client.post, "/v1/tag", json={"text": "a"}) for _ in range(8)]
        assert eventually(lambda: sum(future.done() for future in futures) == 5)
        go_on.set()
        answers = [future.result() for future in futures]
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [503] * 5
    assert {answer.headers.get("retry-after") for answer in answers} == {None, "1"}


def test_requests_of_usual_size_do_not_wait_for_large_ones(
    limited: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def held(*arguments: Any) -> Any:
        if any(len(request.text) > batching.LARGE for request in arguments[1]):
            go_on.wait(10)
        return tag_together(*arguments)

    monkeypatch.setattr(batching, "tag_together", held)
    client = limited(Limits())
    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(client.post, "/v1/tag", json={"text": "a b " * batching.LARGE})
        assert client.post("/v1/tag", json={"text": "a"}).status_code == 200
        assert not large.done()
        go_on.set()
        assert large.result().status_code == 200


def test_a_request_that_fails_does_not_harm_those_with_it(
    limited: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from postagger.serving.server import work
    from postagger.serving.server.writing import answer as real

    def failing(model: str, head: str, results: Any, tails: Any) -> bytes:
        if any("poison" in words for result in results for words in result.words):
            raise RuntimeError("secret")
        return real(model, head, results, tails)

    monkeypatch.setattr(work, "answer", failing)
    client = limited(Limits())

    def ask(number: int) -> httpx.Response:
        return client.post("/v1/tag", json={"text": "poison" if number % 4 == 0 else "good"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(40)))
    assert [answer.status_code for answer in answers] == [500, 200, 200, 200] * 10
    assert "secret" not in answers[0].text
    assert "secret" in caplog.text


# -- connections --------------------------------------------------------------------------------------

HEAD = b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def connection(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=10)


def answer_of(given: socket.socket) -> bytes:
    parts = []
    while part := given.recv(2**16):
        parts.append(part)
    return b"".join(parts)


def test_a_body_that_does_not_come_gets_408(limited: Serve) -> None:
    client = limited(SMALL)
    with connection(client) as given:
        given.sendall(HEAD % 100 + b'{"text":')
        answer = answer_of(given)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"did not arrive" in answer


def test_headers_that_do_not_come_end_the_connection(limited: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    from postagger.serving.server import protocol

    monkeypatch.setattr(protocol, "_HEADERS_WITHIN", 0.5)
    client = limited(SMALL)
    with connection(client) as silent, connection(client) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        assert answer_of(silent) == b""
        assert answer_of(slow) == b""


def test_long_headers_get_431(client: httpx.Client) -> None:
    with connection(client) as given:
        given.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"b" * 40_000 + b"\r\n\r\n")
        assert answer_of(given).startswith(b"HTTP/1.1 431")
    with connection(client) as given:
        given.sendall(b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\n\r\n")
        assert answer_of(given).startswith(b"HTTP/1.1 431")


def test_headers_without_an_end_get_431(client: httpx.Client) -> None:
    with connection(client) as given:
        given.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"b" * 33_000)
        assert answer_of(given).startswith(b"HTTP/1.1 431")


def test_a_connection_goes_on_after_a_body_that_nobody_wanted(client: httpx.Client) -> None:
    with connection(client) as given:
        head = b"POST /nonsense HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
        given.sendall(head + b"x" * 200_000)
        assert given.recv(2**16).startswith(b"HTTP/1.1 404")
        given.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
        received = b""
        while received.count(b'{"status":"ok"}') < 2:
            received += given.recv(2**16)


def test_what_is_not_http_gets_400(client: httpx.Client) -> None:
    with connection(client) as given:
        given.sendall(b"nonsense\r\n\r\n")
        answer = answer_of(given)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b'"detail"' in answer


def test_too_many_connections_get_503(limited: Serve) -> None:
    client = limited(Limits(connections=3))
    open_ones = [connection(client) for _ in range(3)]
    assert eventually(lambda: refused(client))
    for each in open_ones:
        each.close()
    assert eventually(lambda: client.get("/health/live").status_code == 200)


def refused(client: httpx.Client) -> bool:
    with connection(client) as given:
        return answer_of(given).startswith(b"HTTP/1.1 503")


@pytest.mark.slow
def test_a_client_that_does_not_read_is_cut_off(limited: Serve) -> None:
    client = limited(Limits(body=2 * 10**7, seconds=2.0))
    body = b'{"sentences":[[' + b",".join([b'"%s"' % (b"a" * 5000)] * 3000) + b"]]}"
    with connection(client) as given:
        given.sendall(HEAD % len(body) + body)
        start = given.recv(200)
        length = int(start.partition(b"content-length: ")[2].split()[0])
        time.sleep(3.5)
        assert len(answer_of(given)) < length  # what was on its way, and then the end
    assert client.get("/health/live").status_code == 200


def test_a_client_that_goes_does_no_harm(client: httpx.Client) -> None:
    for _ in range(5):
        with connection(client) as given:
            given.sendall(HEAD % 100 + b'{"text":')
        with connection(client) as given:
            given.sendall(HEAD % 12 + b'{"text":"a"}')
    assert client.post("/v1/tag", json={"text": "a"}).status_code == 200
