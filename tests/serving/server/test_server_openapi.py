"""The server keeps to what it says about itself in OpenAPI, whatever it is sent: fuzzed by schemathesis."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

schemathesis = pytest.importorskip("schemathesis", reason="needs the extra test-all")

pytestmark = pytest.mark.slow

OPERATIONS = (
    "GET /v1/models",
    "POST /v1/tag",
    "POST /v1/explain",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /label-studio/{model}/health",
    "POST /label-studio/{model}/setup",
    "POST /label-studio/{model}/predict",
    "POST /inception/{model}/predict",
)
BEYOND = (
    *("has no head", "is not in this sentence", "there is no tag", "is the predicted tag"),
    *("label_config", "a task needs", "metadata needs", "the document"),
)
"""What a message says about a request that its schema allows."""

CASES = [(name, "positive") for name in OPERATIONS] + [(name, "negative") for name in OPERATIONS[1:3]]
CALMLY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize(("name", "mode"), CASES)
@given(data=st.data())
@CALMLY
def test_every_path_answers_as_described(client: httpx.Client, data: Any, name: str, mode: str) -> None:
    described = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    method, path = name.split()
    operation = described[path][method]
    case = data.draw(operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode)))
    answer = case.call(base_url=str(client.base_url))
    beyond = answer.status_code == 422 and any(words in answer.text for words in BEYOND)
    excluded = [schemathesis.checks.CHECKS.get_one("positive_data_acceptance")] if beyond else []
    case.validate_response(answer, excluded_checks=excluded)
    assert answer.status_code != 500
