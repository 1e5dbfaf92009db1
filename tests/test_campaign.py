"""The commands of scripts/campaign.py, a few times each; docs/explanation/reliability.md has many."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import Config, Corpus, Tagger

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the script reads /proc")

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "campaign.py"
EXPECTED = {
    "processes --trials 1": "8 threads 1, fork 1, forkserver 1, spawn 1, fork while a thread tags 1",
    "batches --count 30": "tags of 0 sentences",
    "tokens --count 2000": "2,000 tokens in",
    "lines --count 300": "json: 300 lines",
    "cycles --count 3": "3 times",
    "kills --trials 5": "5 kills: whole each time",
    "damage --count 30": "window: 30 of 30 damaged files refused",
}


@pytest.fixture(scope="module")
def models(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    folder = tmp_path_factory.mktemp("models")
    for kind in ("window", "lstm"):
        Tagger.train(tiny_corpus, tiny_config(kind)).save(folder / f"{kind}.safetensors")
    return sorted(map(str, folder.iterdir()))


@pytest.mark.parametrize("command", EXPECTED)
def test_a_short_campaign(command: str, models: list[str]) -> None:
    name, *options = command.split()
    arguments = [sys.executable, str(SCRIPT), name, *models, *options]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert EXPECTED[command] in done.stdout
