"""Limits on what clients may ask for, so that none of them can harm the others."""

from __future__ import annotations

from dataclasses import dataclass, field

from postagger.io.limits import TOKEN

_MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """The most of everything; for each worker process, where it is not of a request.

    Attributes:
        body: bytes of a request, or of a line of a stream.
        sentences, tokens: of a request, or of a line of a stream.
        seconds: until a request must have arrived and been answered.
        waiting: requests that wait for a model.
        connections: open at a time.
        word: characters of a token.
        stop: seconds that requests in work have to end when the server is stopped.
    """

    body: int = _MIB
    sentences: int = 10_000
    tokens: int = 100_000
    seconds: float = 30.0
    waiting: int = 500
    connections: int = 1000
    word: int = field(default_factory=lambda: TOKEN.value)
    stop: float = 30.0

    @property
    def values(self) -> int:
        """Tokens times what is asked about each of them: its heads, and probabilities of the best tags."""
        return 10 * self.tokens

    @property
    def held(self) -> int:
        """Bytes of all requests that are arriving or waiting."""
        return 128 * max(self.body, _MIB)

    @property
    def explained(self) -> int:
        """Tokens of a sentence whose tags are explained: the time grows with their square."""
        return min(300, self.tokens)
