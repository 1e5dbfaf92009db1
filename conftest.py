"""The code blocks of the documentation are tests: see tests/docs/pages.py."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pages import Page, sybil

pytest_collect_file = sybil().pytest()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Where the blocks of a page run. Models that pages share are trained once in a test run."""
    base = tmp_path_factory.getbasetemp()
    models = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "models"
    models.mkdir(exist_ok=True)
    with Page(tmp_path_factory.mktemp("page"), models) as page:
        yield page
