"""Colours: the same for a system everywhere, and told apart by every reader; round numbers on an axis."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from postagger.plots import DARK, INK, PENS, log_ticks, pen, pens_of

COLOUR_BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""What is seen of linear RGB (Machado, Oliveira and Fernandes 2009, severity 1)."""

PAGES = {"light": "#ffffff", "dark": "#15181c"}


def _linear(colour: str) -> NDArray[np.float64]:
    values = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _oklab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ottosson (2020): equal distances look equally large."""
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return np.asarray(lab @ np.cbrt(cones @ np.clip(linear, 0, 1)))


def _contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio."""
    low, high = sorted(float(_linear(each) @ [0.2126, 0.7152, 0.0722]) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("kind", COLOUR_BLINDNESS)
def test_any_two_colours_look_different(kind: str, page: str) -> None:
    colours = [each.color if page == "light" else each.dark for each in PENS]
    seen = [_oklab(np.array(COLOUR_BLINDNESS[kind]) @ _linear(colour)) for colour in colours]
    for (one, first), (other, second) in itertools.combinations(zip(colours, seen, strict=True), 2):
        assert np.linalg.norm(first - second) > 0.09, (one, other)


@pytest.mark.parametrize("page", PAGES)
def test_colours_stand_out_from_the_page(page: str) -> None:
    for each in PENS:
        assert _contrast(each.color if page == "light" else each.dark, PAGES[page]) >= 3
    assert _contrast(INK if page == "light" else DARK[INK], PAGES[page]) >= 7


def test_pens_are_distinct() -> None:
    pens = [pen(number) for number in range(2 * len(PENS))]
    assert len(set(pens)) == 2 * len(PENS)
    assert len({(each.marker, each.filled) for each in pens}) == 2 * len(PENS)


def test_a_shipped_system_has_the_same_pen_in_every_report() -> None:
    alone = pens_of(["window"])["window"]
    assert pens_of(["a", "lstm", "window", "most_frequent"])["window"] == alone
    assert pens_of(["window", "mine"])["mine"] == pens_of(["mine", "window"])["mine"]
    every = ["logistic", "crf", "window", "rnn", "gru", "lstm_forward", "lstm", "lstm_crf"]
    every += ["most_frequent", "perceptron", "hmm", "tnt", "crfsuite"]
    assert len(set(pens_of(every).values())) == len(every)


def test_other_systems_have_colours_that_no_system_beside_them_has() -> None:
    names = ["window", "lstm", *(f"system-{number}" for number in range(6))]
    assert len({each.color for each in pens_of(names).values()}) == 8
    many = pens_of([f"system {number}" for number in range(20)])
    assert len(set(many.values())) == 2 * len(PENS)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1, 1000, [1, 10, 100, 1000]),
        (0.08, 4, [0.1, 0.3, 1, 3]),
        (25, 65, [30, 40, 50, 60]),
        (0.02, 0.0204, [0.02, 0.0201, 0.0202, 0.0203, 0.0204]),
    ],
)
def test_a_logarithmic_axis_has_round_numbers(low: float, high: float, ticks: list[float]) -> None:
    assert log_ticks(low, high, 0.1) == pytest.approx(ticks)


@pytest.mark.parametrize("apart", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("high", [1.001, 1.01, 1.1, 2, 50, 1e6])
def test_numbers_on_an_axis_keep_their_distance(high: float, apart: float) -> None:
    ticks = log_ticks(0.7, 0.7 * high, apart)
    assert ticks
    assert all(
        math.log(after / before) >= apart * math.log(high) for before, after in itertools.pairwise(ticks)
    )
