"""Explanations, one at a time: they need torch, which is loaded for the first one."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from postagger.errors import PostaggerError
from postagger.extras import require_torch
from postagger.serving.server.limits import Limits
from postagger.serving.server.models import ServedModel
from postagger.serving.server.problems import Problem, too_busy
from postagger.serving.server.schema import ExplainRequest
from postagger.tagger import Tagger

_WAITING = 16
"""Explanations that wait or are being computed."""


class Explainer:
    """A thread that explains tags. Its methods are called in the event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pool = ThreadPoolExecutor(1, "explain")
        self._waiting = 0

    async def explain(self, model: ServedModel, request: ExplainRequest) -> bytes:
        """The explanation asked for, in JSON.

        Raises:
            Problem: 413, the sentence is too long; 422, there is no such head, word or tag; 501, the model
                can't be explained here; 503, too many wait already.
        """
        model.head(request.head)
        if len(request.tokens) > self._limits.explained:
            raise Problem(
                413, f"a sentence to be explained may have {self._limits.explained} tokens, not more"
            )
        if max(map(len, request.tokens)) > self._limits.word:
            raise Problem(413, f"a token may have {self._limits.word:,} characters, not more")
        if self._waiting >= _WAITING:
            raise too_busy(f"{_WAITING} explanations wait already: try again later")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, _explanation, model, request)
        finally:
            self._waiting -= 1

    def stop(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)


def _explanation(model: ServedModel, request: ExplainRequest) -> bytes:
    try:
        require_torch("explaining a tag needs")
    except PostaggerError as error:
        raise Problem(501, f"the server can't explain tags: {error}") from None
    if not isinstance(model.tagger, Tagger):
        raise Problem(501, f"the model {model.name} is an ensemble, whose tags can't be explained")
    against, head = request.against or None, request.head or None
    try:
        found = model.tagger.explain(request.tokens, request.position, against=against, head=head)
    except PostaggerError as error:
        raise Problem(422, str(error)) from None
    explanation = asdict(found) | {"rest": found.rest}
    answer = {"model": model.name, "explanations": [explanation]}
    return json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
