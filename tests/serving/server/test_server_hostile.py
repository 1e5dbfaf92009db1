"""The hostile clients of scripts/serve_load.py: each is refused, and the others are answered."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from http_server import Serve
from load.hostile import QUICK, SLOW

from postagger.serving.server import protocol
from postagger.serving.server.limits import Limits

EXPECTED = {
    "malformed": {"400"},
    "deep": {"400"},
    "not_utf8": {"400"},
    "huge": {"413", "closed"},
    "many_tokens": {"413"},
    "long_word": {"413"},
    "compressed": {"415"},
    "no_http": {"400"},
    "long_headers": {"431", "closed"},
    "slow_headers": {"closed"},
    "slow_body": {"408"},
}


@pytest.mark.parametrize("attack", QUICK, ids=lambda attack: attack.__name__)
def test_an_attack_is_refused(client: httpx.Client, attack: Callable[[str], str]) -> None:
    assert attack(str(client.base_url)) in EXPECTED[attack.__name__]
    assert client.post("/v1/tag", json={"text": "She saw it."}).status_code == 200


@pytest.mark.parametrize("attack", SLOW, ids=lambda attack: attack.__name__)
def test_a_slow_attack_is_ended(
    limited: Serve, monkeypatch: pytest.MonkeyPatch, attack: Callable[[str], str]
) -> None:
    monkeypatch.setattr(protocol, "_HEADERS_WITHIN", 1.0)
    client = limited(Limits(seconds=1.0))
    result, _, seconds = attack(str(client.base_url)).partition(" after ")
    assert result in EXPECTED[attack.__name__]
    assert int(seconds.removesuffix(" s")) < 10
    assert client.post("/v1/tag", json={"text": "She saw it."}).status_code == 200


def test_every_attack_is_expected() -> None:
    assert {attack.__name__ for attack in (*QUICK, *SLOW)} == set(EXPECTED)
