"""HTML for notebooks."""

from __future__ import annotations

import re

import pytest

from postagger import html

HOSTILE = "<script>alert('x')</script>&\"'\x1b[2J\ud800"


@pytest.mark.parametrize(
    "made",
    [
        html.text(HOSTILE),
        html.table(["a", HOSTILE], [[HOSTILE, HOSTILE]]),
        html.folded(HOSTILE, ""),
    ],
)
def test_texts_are_escaped(made: str) -> None:
    assert "<script" not in made
    assert "\x1b" not in made
    assert "&lt;script&gt;" in made
    assert made.encode()  # no half of a surrogate pair, which a notebook's messages can't have


def test_a_long_text_is_cut_short() -> None:
    assert len(html.text("a" * 10_000)) < 300


def test_only_the_named_columns_are_aligned_left() -> None:
    made = html.table(["a", "b", "c"], [["x y", "1 - 2", "z z"]], left=(0, 2))
    assert made.count("text-align:left") == 4
    assert ">x y<" in made
    assert ">1&nbsp;-&nbsp;2<" in made
    assert ">z z<" in made


@pytest.mark.parametrize(("share", "strength"), [(-1, "0.00"), (0.5, "0.23"), (1, "0.45"), (7, "0.45")])
def test_a_shade_is_transparent_and_bounded(share: float, strength: str) -> None:
    found = re.search(r"rgba\(31, 119, 220, ([\d.]+)\)", html.shade(share, html.FOR))
    assert found is not None
    assert float(found[1]) == pytest.approx(float(strength), abs=0.006)


def test_dollars_are_no_formula() -> None:
    """Jupyter takes what is between two dollars for TeX, except in this class."""
    assert "tex2jax_ignore" in html.block(html.text("$"), html.text("$"))
