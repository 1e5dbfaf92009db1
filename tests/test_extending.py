"""docs/how-to/extending.md has what it promises; tests/docs runs its files and commands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "how-to" / "extending.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'^```\w+ title="([\w.]+)"\n(.*?)^```$', PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


def test_the_page_has_what_is_tested() -> None:
    assert {"convolution.py", "lion.py", "vertical.py", "affix.py", "my.toml", "convolution.toml"} <= set(
        FILES
    )
    assert {re.findall(r"postagger (\w+)", command)[0] for command in COMMANDS} == {
        *("train", "info", "tag", "evaluate", "explain", "tune", "compare")
    }
    assert len(FILES["convolution.py"].splitlines()) < 60


def test_the_entry_points_of_the_page_name_what_is_there() -> None:
    groups = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"]
    assert set(groups) == {f"postagger.{what}" for what in ("models", "optimisers", "readers", "systems")}
    for points in groups.values():
        for name, path in points.items():
            module, _, attribute = path.partition(":")
            assert re.search(rf"^(class|def) {attribute}\b", FILES[f"{module}.py"], re.MULTILINE)
            assert f'("{name}"' in FILES[f"{module}.py"]
