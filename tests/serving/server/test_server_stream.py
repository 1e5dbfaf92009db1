"""Streams of NDJSON: an answer for each line, in order, while others still arrive."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
from http_server import Serve

from postagger import Tagger
from postagger.serving.server.limits import Limits

NDJSON = {"Content-Type": "application/x-ndjson"}


def stream(client: httpx.Client, content: bytes | Iterator[bytes]) -> list[Any]:
    answer = client.post("/v1/tag", content=content, headers=NDJSON)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.content.splitlines()]


def test_each_line_gets_its_answer_in_order(client: httpx.Client, english: Tagger) -> None:
    sentences = [["She", "saw", f"Word{number}", "."] for number in range(500)]
    lines = b"".join(json.dumps({"sentences": [words]}).encode() + b"\n" for words in sentences)
    found = [
        [(token["text"], token["tag"]) for token in answer["results"][0]["tokens"]]
        for answer in stream(client, lines)
    ]
    assert found == list(english.tag_sents(sentences))


def test_a_wrong_line_says_so_and_the_others_go_on(client: httpx.Client) -> None:
    lines = [
        b'{"text":"a"}',
        b"",
        b"  ",
        b"nonsense",
        b'{"text":5}',
        b'{"text":"a","model":"x"}',
        b'{"texts":[]}',
    ]
    answers = stream(client, b"\r\n".join(lines))
    assert [list(answer) for answer in answers] == [
        ["model", "head", "results"],
        ["error", "status"],
        ["error", "status"],
        ["error", "status"],
        ["model", "head", "results"],
    ]
    assert [answer.get("status") for answer in answers] == [None, 400, 422, 404, None]


def test_an_empty_stream_is_answered_by_nothing(client: httpx.Client) -> None:
    assert stream(client, b"") == []
    assert stream(client, b"\n\n") == []


def test_lines_cut_anywhere_are_the_same(client: httpx.Client) -> None:
    text = '{"text":"She saw 😀 it."}\n{"text":"Time flies"}\n'.encode()
    whole = stream(client, text)
    assert len(whole) == 2
    assert stream(client, (text[place : place + 1] for place in range(len(text)))) == whole


def test_a_line_that_is_too_long_is_refused_and_those_after_it_are_not(limited: Serve) -> None:
    client = limited(Limits(body=1000))
    long = b'{"text":"' + b"a " * 100_000 + b'"}'
    answers = stream(client, b"\n".join([b'{"text":"a"}', long, b'{"text":"b"}', long]))
    assert [answer.get("status") for answer in answers] == [None, 413, None, 413]


def test_answers_come_while_lines_are_still_sent(client: httpx.Client) -> None:
    def lines() -> Iterator[bytes]:
        for number in range(3):
            yield b'{"text":"line %d"}\n' % number
            assert arrived.wait(10)
            arrived.clear()

    arrived = threading.Event()
    count = 0
    given = socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=10)
    with given:
        head = "POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
        given.sendall(f"{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode())
        received = b""
        for line in lines():
            given.sendall(b"%x\r\n%s\r\n" % (len(line), line))
            while received.count(b'"model"') == count:
                received += given.recv(2**16)
            count += 1
            arrived.set()
        given.sendall(b"0\r\n\r\n")
        while part := given.recv(2**16):
            received += part
    assert count == 3
    assert received.count(b'"model"') == 3
    assert received.endswith(b"0\r\n\r\n")


def test_a_stream_that_stops_ends_with_an_error(limited: Serve) -> None:
    client = limited(Limits(seconds=0.5))

    def lines() -> Iterator[bytes]:
        yield b'{"text":"a"}\n{"text'
        time.sleep(1.5)

    answers = stream(client, lines())
    assert [answer.get("status") for answer in answers] == [None, 408]


def test_a_stream_waits_when_the_server_has_too_much_to_do(limited: Serve) -> None:
    client = limited(Limits(waiting=2))
    answers = stream(client, b'{"text":"She saw."}\n' * 100)
    assert len(answers) == 100
    assert all("results" in answer for answer in answers)


def test_what_is_not_read_is_not_tagged(limited: Serve) -> None:
    """A stream whose client does not read its answers is not read on: the server holds a window of it."""
    client = limited(Limits(seconds=2.0))
    line = b'{"sentences":[[' + b",".join([b'"a"'] * 2000) + b"]]}\n"
    given = socket.create_connection((client.base_url.host, client.base_url.port or 80), timeout=1)
    sent = 0
    with given:
        given.sendall(b"POST /v1/tag HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n")
        given.sendall(b"Content-Length: 1000000000\r\n\r\n")
        with contextlib.suppress(OSError):  # it stops taking more, or ends the connection
            while sent < 200 * 2**20:
                given.sendall(line)
                sent += len(line)
    assert sent < 50 * 2**20
    assert client.post("/v1/tag", json={"text": "a"}).status_code == 200
