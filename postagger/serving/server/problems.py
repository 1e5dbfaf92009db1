"""What can be wrong with a request, as the answer that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping

_LONGEST = 500
"""Characters of a message: it may quote what a client sent."""


class Problem(Exception):  # noqa: N818 (a refusal is no error of the server)
    """A request that is refused or can't be answered.

    Attributes:
        status: of HTTP.
        detail: one plain sentence.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail if len(detail) <= _LONGEST else f"{detail[:_LONGEST]} ..."
        self.headers = dict(headers or {})

    @property
    def body(self) -> bytes:
        """The answer, in JSON."""
        return _json({"detail": self.detail})

    @property
    def line(self) -> bytes:
        """The answer as a line of a stream."""
        return _json({"error": self.detail, "status": self.status}) + b"\n"


def _json(value: dict[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()


def too_busy(detail: str, headers: Mapping[str, str] | None = None) -> Problem:
    """The problem of a server that has too much to do."""
    return Problem(503, detail, {"Retry-After": "1", **(headers or {})})
