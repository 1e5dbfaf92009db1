"""What the server counts, for Prometheus."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client import generate_latest as written
from prometheus_client.multiprocess import MultiProcessCollector

from postagger.serving.server.process import METRICS_FOLDER

if TYPE_CHECKING:
    from postagger.serving.server.problems import Problem
    from postagger.serving.server.work import Answer

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_REQUESTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class ModelMetrics:
    """What is counted for one model."""

    def __init__(self, metrics: Metrics, model: str) -> None:
        self.waiting = metrics.waiting.labels(model)
        self._tokens = metrics.tokens.labels(model)
        self._sentences = metrics.sentences.labels(model)
        self._batch = metrics.batch.labels(model)

    def count(self, answers: Sequence[Answer | Problem], requests: int) -> None:
        """Counts a batch; in any thread."""
        self._batch.observe(requests)
        good = [each for each in answers if isinstance(each, tuple)]
        self._tokens.inc(sum(each.tokens for each in good))
        self._sentences.inc(sum(each.sentences for each in good))


class Metrics:
    """The server's counters; one such object in each worker process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        registry = self._registry
        self._requests = Counter(
            "postagger_requests", "Requests answered", ["path", "status"], registry=registry
        )
        self._seconds = Histogram(
            "postagger_request_seconds",
            "Seconds from a request's headers to the end of its answer",
            ["path"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.open = Gauge(
            "postagger_open_requests",
            "Requests that are arriving or being answered",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.waiting = Gauge(
            "postagger_waiting_requests",
            "Requests that wait for a model or are being tagged",
            ["model"],
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.tokens = Counter("postagger_tokens", "Tokens tagged", ["model"], registry=registry)
        self.sentences = Counter("postagger_sentences", "Sentences tagged", ["model"], registry=registry)
        self.batch = Histogram(
            "postagger_batch_requests",
            "Requests that were tagged together",
            ["model"],
            buckets=_REQUESTS,
            registry=registry,
        )
        self._known: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def of(self, model: str) -> ModelMetrics:
        return ModelMetrics(self, model)

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Counts an answered request.

        Args:
            path: one of a few; no client may choose it.
        """
        key = path, status
        if key not in self._known:
            self._known[key] = self._requests.labels(path, str(status)), self._seconds.labels(path)
        requests, histogram = self._known[key]
        requests.inc()
        histogram.observe(seconds)

    def written(self) -> tuple[bytes, str]:
        """All counters in Prometheus' text format, those of all workers together; and the content type."""
        registry = self._registry
        if os.environ.get(METRICS_FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return written(registry), CONTENT_TYPE_LATEST
