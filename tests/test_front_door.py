"""``import postagger`` is light, changes nothing, and still has every public name."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import pytest

import postagger

DOORS = ("postagger", "postagger.comparison", "postagger.corpora", "postagger.serving", "postagger.tagger")
"""Packages whose names are imported when they are first used."""


def python(program: str) -> str:
    """What a program prints in a fresh process, in which nobody has chosen how threads wait."""
    environment = {
        name: value for name, value in os.environ.items() if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
    }
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_public_names_are_sorted() -> None:
    """Classes, then the rest."""
    names = postagger.__all__
    assert names == sorted(set(names), key=lambda name: (not name[0].isupper(), name))


@pytest.mark.parametrize("door", DOORS)
def test_the_imports_for_type_checkers_are_the_ones_at_run_time(door: str) -> None:
    package = import_module(door)
    tree = ast.parse(Path(str(package.__file__)).read_text(encoding="utf-8"))
    for_checkers = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    (homes,) = (
        ast.literal_eval(node.args[1])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "lazy_names"
    )
    at_run_time = {name: f"{door}.{module}" for module, names in homes.items() for name in names.split()}
    assert for_checkers == at_run_time
    assert set(for_checkers) == set(package.__all__) - {"__version__"}
    for name, module in at_run_time.items():
        home = import_module(module)
        assert getattr(package, name) is getattr(home, name)
        assert name in home.__all__ if hasattr(home, "__all__") else name in vars(home)


@pytest.mark.parametrize("door", DOORS)
def test_no_name_is_that_of_a_module(door: str) -> None:
    """Else the name would be the module, once that is imported by another way."""
    package = import_module(door)
    folder = Path(str(package.__file__)).parent
    assert not {path.stem for path in folder.glob("*")} & set(package.__all__)


def test_dir_has_every_public_name() -> None:
    assert python("import postagger; print(set(postagger.__all__) <= set(dir(postagger)))") == "True"


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match=r"module 'postagger' has no attribute 'Taggr'"):
        _ = postagger.Taggr  # type: ignore[attr-defined]


def test_import_star() -> None:
    assert python("from postagger import *; print(Tagger.__name__, load_config('lstm').model.kind)") == (
        "Tagger lstm"
    )


def test_a_name_is_looked_up_once() -> None:
    assert python("import postagger; postagger.Config; print('Config' in vars(postagger))") == "True"


def test_importing_changes_nothing_of_the_process() -> None:
    program = """
import os, sys, threading, warnings
def state():
    return dict(os.environ), list(sys.path), list(warnings.filters), threading.active_count(), os.getcwd()
before = state()
import postagger
after = state()
print(before == after)
"""
    assert python(program) == "True"


@pytest.mark.parametrize(
    "program", ["import postagger", "from postagger import ConfigError", "import postagger.cli"]
)
def test_importing_is_light(program: str) -> None:
    heavy = python(
        f"{program}\nimport sys\n"
        "print([name for name in ('torch', 'nltk', 'numpy', 'pydantic', 'tqdm') if name in sys.modules])"
    )
    assert heavy == "[]"


@pytest.mark.parametrize("name", ["Config", "load_config", "Corpus", "load_corpus", "DataError"])
def test_what_needs_no_torch_loads_none(name: str) -> None:
    program = (
        f"from postagger import {name}\nimport sys\nprint('torch' in sys.modules, 'numpy' in sys.modules)"
    )
    assert python(program) == "False False"


def signatures(value: object) -> Iterator[tuple[str, inspect.Signature, dict[str, object]]]:
    """Of a function, or of the public methods of a class that this package defines."""
    if inspect.isfunction(value):
        yield value.__qualname__, inspect.signature(value), value.__globals__
    elif inspect.isclass(value):
        for name, member in inspect.getmembers(value, inspect.isroutine):
            function = inspect.unwrap(getattr(member, "__func__", member))
            public = not name.startswith("_") or name == "__init__"
            if public and inspect.isfunction(function) and function.__module__.startswith("postagger."):
                yield function.__qualname__, inspect.signature(function), function.__globals__


@pytest.mark.parametrize("name", [name for name in postagger.__all__ if name[0] != "_"])
def test_what_public_signatures_mention_is_public(name: str) -> None:
    """Nobody has to look for a module to annotate what a public function takes or gives."""
    inner = {
        "Batch",
        "Head",
        "NltkInterface",
        "TagMask",
        "TaggingNetwork",
        "TypeTensors",
        "WordEncoding",
    }  # of those who write models
    missing = set()
    for where, signature, scope in signatures(getattr(postagger, name)):
        annotations = [each.annotation for each in signature.parameters.values()]
        for word in re.findall(
            r"\b[A-Z]\w+", " ".join(map(str, [*annotations, signature.return_annotation]))
        ):
            found = scope.get(word)
            home = "" if isinstance(found, TypeVar) else getattr(found, "__module__", "")
            if str(home).startswith("postagger.") and word not in {*postagger.__all__, *inner}:
                missing.add(f"{where}: {word}")
    assert missing == set()
