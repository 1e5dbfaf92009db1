from __future__ import annotations

import pytest

import postagger
from postagger import errors

CLASSES = [value for value in vars(errors).values() if isinstance(value, type)]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_in_the_tree_drawn_in_the_docstring(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.PostaggerError)
    assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_public_and_says_when_it_is_raised(kind: type[Exception]) -> None:
    assert getattr(postagger, kind.__name__) is kind
    assert kind.__doc__


@pytest.mark.parametrize("kind", CLASSES)
def test_no_error_is_a_builtin_that_a_bug_could_raise(kind: type[Exception]) -> None:
    assert not issubclass(kind, (ValueError, LookupError, OSError, RuntimeError, TypeError))
