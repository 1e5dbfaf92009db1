from __future__ import annotations

import dataclasses
import html
import io
import itertools
import re
import sys

import pytest
from fake_results import FIVE, LADDER, TWO, make_results, ready_pictures, ready_results
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from postagger import PostaggerError
from postagger.comparison.pictures import draw
from postagger.comparison.pictures.elements import focus
from postagger.comparison.results import Bin, Spread
from postagger.comparison.style import drawing, new_figure, svg_of
from postagger.plots import DARK

EVERY = ("accuracy", "reliability", "loss", "dev_accuracy", "speed")
LINES = ("frequency", "length")


@pytest.fixture(params=[TWO, FIVE, LADDER], ids=["two", "five", "ladder"])
def names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    found: tuple[str, ...] = request.param
    return found


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def figures(names: tuple[str, ...]) -> list[tuple[str, Figure]]:
    """All pictures, in both widths."""
    return [
        (idea, figure)
        for idea, picture in ready_pictures(*names).items()
        for figure in (picture.figure, picture.narrow)
    ]


def test_every_picture_is_drawn(names: tuple[str, ...]) -> None:
    few = len(names) < 8
    assert set(ready_pictures(*names)) == {*EVERY, *(LINES if few else ())}


def test_pictures_have_two_widths_and_axes_with_labels(names: tuple[str, ...]) -> None:
    for picture in ready_pictures(*names).values():
        assert picture.title
        assert picture.caption.endswith(".")
        assert picture.figure.get_figwidth() <= 8
        assert picture.narrow.get_figwidth() == 3.75
    for _, figure in figures(names):
        labels = [axes.get_xlabel() for axes in figure.axes]
        assert any(labels) or figure.get_supxlabel()


def test_every_system_is_named_where_all_are_drawn(names: tuple[str, ...]) -> None:
    for idea, figure in figures(names):
        if idea == "accuracy" or (idea in LINES and len(names) < 8):
            assert set(names) <= set(texts(figure)), idea


def test_every_system_is_beside_its_point_or_in_the_caption(names: tuple[str, ...]) -> None:
    picture = ready_pictures(*names)["speed"]
    for figure in (picture.figure, picture.narrow):
        for name in names:
            assert (name in texts(figure)) != (f"{name} (" in picture.caption)


def drawn_texts(figure: Figure, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Bbox]]:
    """The texts in a picture with their boxes, in pixels."""
    found: dict[Text, tuple[str, Bbox]] = {}
    draw_text = Text.draw

    def record(text: Text, renderer: RendererBase, *rest: object, **more: object) -> None:
        if text.get_visible() and text.get_text().strip():
            found[text] = text.get_text(), text.get_window_extent(renderer)
        draw_text(text, renderer, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Text, "draw", record)
        figure.savefig(io.BytesIO(), dpi=figure.dpi)
    return list(found.values())


def test_no_text_is_cut_off_or_overlaps_another(
    names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for idea, figure in figures(names):
        written = drawn_texts(figure, monkeypatch)
        assert written
        for text, box in written:
            assert figure.bbox.contains(*box.p0), (idea, text)
            assert figure.bbox.contains(*box.p1), (idea, text)
        for (one, first), (other, second) in itertools.combinations(written, 2):
            assert not first.padded(-1).overlaps(second.padded(-1)), (idea, one, other)


def test_no_text_is_smaller_than_nine_points(names: tuple[str, ...]) -> None:
    for _, figure in figures(names):
        assert min(float(text.get_fontsize()) for text in figure.findobj(Text)) >= 9


def test_pictures_have_no_background_and_only_colours_that_a_dark_page_has_too(
    names: tuple[str, ...],
) -> None:
    for idea, figure in figures(names):
        found = re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", svg_of(figure))
        assert found
        assert set(found) <= set(DARK), idea


def test_no_backslash_is_left_of_a_tag_with_a_dollar(names: tuple[str, ...]) -> None:
    assert not any("\\" in text for _, figure in figures(names) for text in texts(figure))


def test_one_seed_and_no_curves_can_be_drawn() -> None:
    results = make_results(TWO, seeds=1, curves=False)
    assert set(draw(results)) == {*EVERY, *LINES} - {"loss", "dev_accuracy"}


def test_small_bins_are_left_out_and_the_caption_says_so() -> None:
    results = ready_results(*TWO)
    systems = tuple(
        dataclasses.replace(
            system,
            by_length=(
                Bin("1-5", 19, Spread((1.0,))),
                Bin("6-10", 20, Spread((0.9,))),
                Bin("over 10", 0, None),
            ),
        )
        for system in results.systems
    )
    picture = draw(dataclasses.replace(results, systems=systems))["length"]
    assert "Not drawn, with fewer than 20 tokens: 1-5." in picture.caption
    assert any(text.startswith("6-10") for text in texts(picture.figure))
    assert not any(text.startswith(("1-5", "over 10")) for text in texts(picture.figure))


@pytest.mark.parametrize(
    ("ranges", "limits"),
    [
        ([(90, 91), (20, 99)], (20, 99)),  # of two, both are shown
        ([(90, 91), (91, 92), (20, 60)], (90, 92)),
        ([(90, 91), (91, 92), (89, 91)], (89, 92)),
        ([(96, 97), (95.5, 97), (95, 96), (90, 91), (60, 70), (20, 30)], (95, 97)),
        ([(50, 51), (60, 61), (70, 71), (80, 81), (90, 91)], (50, 91)),
    ],
)
def test_weak_systems_do_not_squeeze_the_others(
    ranges: list[tuple[float, float]], limits: tuple[float, float]
) -> None:
    assert focus(ranges) == limits


def test_what_is_outside_an_axis_is_said_in_words() -> None:
    pictures = ready_pictures("window", "lstm", "most_frequent")
    results = ready_results("window", "lstm", "most_frequent")
    weak = f"most_frequent ({100 * results.system('most_frequent').accuracy.mean:.2f} %)"
    for idea in ("accuracy", "speed"):
        assert f"{weak}." in pictures[idea].caption
        low = [
            axes.get_xlim() if idea == "accuracy" else axes.get_ylim() for axes in pictures[idea].figure.axes
        ]
        assert min(low)[0] > 90
    assert "Outside the axis, below it: most_frequent on unseen" in pictures["frequency"].caption


def test_without_matplotlib_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PostaggerError, match=r"pip install 'postagkit\[compare\]'"):
        draw(ready_results(*TWO))


@pytest.mark.parametrize("tag", ["$N_{$", "$x^{2$", r"\frac", "_{}", "<b>", "$$", r"\$"])
def test_tags_are_drawn_as_they_are(tag: str) -> None:
    """Even those that are broken formulas to matplotlib."""
    file = io.BytesIO()
    with drawing():
        figure = new_figure(2, 1)
        figure.add_subplot().set_title(tag)
        figure.savefig(file, format="svg")
    assert html.escape(tag, quote=False) in file.getvalue().decode()
