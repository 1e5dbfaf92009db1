from __future__ import annotations

import dataclasses
import itertools
import sys

import pytest
from fake_results import FIVE, LADDER, TWO, make_results, ready_pictures, ready_results
from matplotlib.text import Text

from postagger import PostaggerError
from postagger.comparison.pictures import Picture, draw
from postagger.comparison.pictures.parts import keep_apart

EVERY = ("accuracy", "loss", "dev_accuracy", "frequency", "length", "tag", "confusion", "speed")


@pytest.fixture(params=[TWO, FIVE, LADDER], ids=["two", "five", "ladder"])
def names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    found: tuple[str, ...] = request.param
    return found


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.figure.findobj(Text) if text.get_text().strip()]


def test_every_idea_has_its_picture(names: tuple[str, ...]) -> None:
    assert set(ready_pictures(*names)) >= set(EVERY)


def test_axes_are_named_and_the_origin_is_told(names: tuple[str, ...]) -> None:
    origin = ready_results(*names).origin
    for picture in ready_pictures(*names).values():
        words = " ".join(texts(picture)).replace("\n", " ")
        assert picture.title in words
        assert origin.line in " ".join(words.split())
        assert picture.caption.endswith(".")
        labelled = [axes for axes in picture.figure.axes if axes.get_xlabel()]
        assert labelled or any(axes.get_ylabel() for axes in picture.figure.axes)


def test_every_system_is_named_where_all_are_drawn(names: tuple[str, ...]) -> None:
    pictures = ready_pictures(*names)
    for idea in ("accuracy", "frequency", "length", "tag", "speed"):
        assert set(names) <= set(texts(pictures[idea])), idea


def test_no_backslash_is_left_of_a_tag_with_a_dollar(names: tuple[str, ...]) -> None:
    assert not any("\\" in text for picture in ready_pictures(*names).values() for text in texts(picture))


def test_one_seed_and_no_curves_can_be_drawn() -> None:
    results = make_results(TWO, seeds=1, curves=False)
    pictures = draw(results)
    assert set(pictures) == {*EVERY, "confusion_difference"} - {"loss", "dev_accuracy"}


def test_groups_without_tokens_are_left_out() -> None:
    results = ready_results(*TWO)
    systems = tuple(
        dataclasses.replace(
            system,
            by_length=tuple(
                dataclasses.replace(group, tokens=0, accuracy=None) if number == 0 else group
                for number, group in enumerate(system.by_length)
            ),
        )
        for system in results.systems
    )
    before = texts(ready_pictures(*TWO)["length"])
    after = texts(draw(dataclasses.replace(results, systems=systems))["length"])
    label = results.systems[0].by_length[0].label
    assert any(text.startswith(label + "\n") for text in before)
    assert not any(text.startswith(label + "\n") for text in after)


@pytest.mark.parametrize(
    "wanted", [[], [0.5], [0.5, 0.5, 0.5], [0.9, 1.0, 0.1], [0.0, 0.0, 1.0, 1.0], [0.3] * 9]
)
def test_labels_keep_apart_and_in_their_order(wanted: list[float]) -> None:
    gap = min(0.1, 1 / max(1, len(wanted) - 1))
    places = keep_apart(wanted, 0.1, 0, 1)
    assert len(places) == len(wanted)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in places)
    for low, high in itertools.pairwise(sorted(places)):
        assert high - low >= gap - 1e-9
    for (a, x), (b, y) in itertools.combinations(zip(wanted, places, strict=True), 2):
        assert a == b or (a < b) == (x < y)


def test_without_matplotlib_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PostaggerError, match=r"pip install 'postagger\[compare\]'"):
        draw(ready_results(*TWO))
