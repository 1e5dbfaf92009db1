"""Imports run one way: a room sees itself and the rooms above it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOMS = (
    "errors",
    "version",
    "io",
    "extras",
    "lazy",
    "hub",
    "shipped",
    "registry",
    "unicode",
    "html",
    "plots",
    "config",
    "corpora",
    "text",
    "features",
    "checkpoint",
    "runtime",
    "torch_settings",
    "random_numbers",
    "batches",
    "models",
    "encoder",
    "inference",
    "explain",
    "training",
    "tracking",
    "evaluation",
    "pipeline",
    "tagger",
    "baselines",
    "comparison",
    "tuning",
    "serving",
    "cli",
)
PACKAGE = Path(__file__).parents[1] / "postagger"
MODULES = sorted(PACKAGE.rglob("*.py"))
DOORS = (PACKAGE / "__init__.py", PACKAGE / "__main__.py")
ROOMY = [module for module in MODULES if module not in DOORS]


def imported(source: str) -> set[str]:
    """Full names of all that a module imports, wherever in it; relative imports keep their dots."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names |= {f"{base}.{alias.name}" for alias in node.names}
    return names


def own(source: str) -> set[str]:
    """What a module imports of this package, by room; a relative import comes back as it is."""
    names = {name for name in imported(source) if name.startswith(".") or name.split(".")[0] == "postagger"}
    return {name if name.startswith(".") or "." not in name else name.split(".")[1] for name in names}


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize(
    ("source", "rooms"),
    [
        ("import postagger.models.window", {"models"}),
        ("from postagger.models.window import Window", {"models"}),
        ("from postagger import models", {"models"}),
        ("from postagger import Tagger", {"Tagger"}),
        ("import postagger", {"postagger"}),
        ("def f():\n    from postagger.cli import main", {"cli"}),
        ("if TYPE_CHECKING:\n    from postagger.cli import main", {"cli"}),
        ("from .window import Window", {".window.Window"}),
        ("import torch\nfrom postaggers.cli import main", set()),
    ],
)
def test_the_test_sees_every_form_of_import(source: str, rooms: set[str]) -> None:
    assert own(source) == rooms


def test_the_rooms_listed_are_the_rooms_there() -> None:
    assert {room_of(module) for module in ROOMY} == set(ROOMS)


@pytest.mark.parametrize("module", ROOMY, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_its_own_room_and_rooms_above(module: Path) -> None:
    allowed = ROOMS[: ROOMS.index(room_of(module)) + 1]
    assert own(module.read_text(encoding="utf-8")) <= set(allowed)


@pytest.mark.parametrize("room", ROOMS[: ROOMS.index("torch_settings")])
def test_rooms_for_tagging_import_no_torch(room: str) -> None:
    assert "torch" not in roots_of(room)


@pytest.mark.parametrize("room", ROOMS[: ROOMS.index("features")])
def test_what_comes_before_the_features_needs_no_numpy(room: str) -> None:
    assert not roots_of(room) & {"safetensors", "numpy"}


def roots_of(room: str) -> set[str]:
    """The packages that a room imports, wherever in its modules."""
    modules = [module for module in ROOMY if room_of(module) == room]
    return {name.split(".")[0] for module in modules for name in imported(module.read_text("utf-8"))}


# -- small enough to read -----------------------------------------------------------------------------

LONGEST_FILE, LONGEST_FUNCTION = 300, 40
REASON = "(Its length is "
"""How the docstring of a longer function begins to say why it is longer."""


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_and_functions_are_short_or_say_why_not(module: Path) -> None:
    source = module.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= LONGEST_FILE
    functions = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    too_long = [
        node.name
        for node in functions
        if (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
        and REASON not in (ast.get_docstring(node) or "")
    ]
    assert too_long == []
