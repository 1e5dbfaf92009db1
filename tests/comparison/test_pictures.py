from __future__ import annotations

import dataclasses
import html
import io
import itertools
import sys

import pytest
from fake_results import FIVE, LADDER, TWO, make_results, ready_pictures, ready_results
from matplotlib.backend_bases import RendererBase
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from postagger import PostaggerError
from postagger.comparison.pictures import Picture, draw
from postagger.comparison.pictures.annotations import End, keep_apart, label_points
from postagger.comparison.results import Bin, Spread
from postagger.comparison.style import PENS, drawing, new_figure, pen

EVERY = ("accuracy", "loss", "dev_accuracy", "frequency", "length", "tag", "confusion", "speed")


@pytest.fixture(params=[TWO, FIVE, LADDER], ids=["two", "five", "ladder"])
def names(request: pytest.FixtureRequest) -> tuple[str, ...]:
    found: tuple[str, ...] = request.param
    return found


def texts(picture: Picture) -> list[str]:
    return [text.get_text() for text in picture.figure.findobj(Text) if text.get_text().strip()]


def test_every_picture_is_drawn(names: tuple[str, ...]) -> None:
    assert set(ready_pictures(*names)) >= set(EVERY)


def test_axes_have_labels_and_the_origin_is_shown(names: tuple[str, ...]) -> None:
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


def drawn_texts(picture: Picture, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Bbox]]:
    """The texts in a picture with their boxes, in pixels."""
    found: dict[Text, tuple[str, Bbox]] = {}
    draw_text = Text.draw

    def record(text: Text, renderer: RendererBase, *rest: object, **more: object) -> None:
        if text.get_visible() and text.get_text().strip():
            found[text] = text.get_text(), text.get_window_extent(renderer)
        draw_text(text, renderer, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Text, "draw", record)
        picture.figure.savefig(io.BytesIO(), dpi=picture.figure.dpi)
    return list(found.values())


def test_no_text_is_cut_off_or_overlaps_another(
    names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for idea, picture in ready_pictures(*names).items():
        written = drawn_texts(picture, monkeypatch)
        assert written
        page = picture.figure.bbox
        for text, box in written:
            assert page.contains(*box.p0), (idea, text)
            assert page.contains(*box.p1), (idea, text)
        # The title is not checked: it leaves a line free for a legend.
        below = [entry for entry in written if not entry[0].startswith(picture.title)]
        for (one, first), (other, second) in itertools.combinations(below, 2):
            assert not first.padded(-1).overlaps(second.padded(-1)), (idea, one, other)


def test_no_text_is_smaller_than_nine_points(names: tuple[str, ...]) -> None:
    for picture in ready_pictures(*names).values():
        assert min(float(text.get_fontsize()) for text in picture.figure.findobj(Text)) >= 9


def test_no_backslash_is_left_of_a_tag_with_a_dollar(names: tuple[str, ...]) -> None:
    assert not any("\\" in text for picture in ready_pictures(*names).values() for text in texts(picture))


def test_one_seed_and_no_curves_can_be_drawn() -> None:
    results = make_results(TWO, seeds=1, curves=False)
    pictures = draw(results)
    assert set(pictures) == {*EVERY, "confusion_difference"} - {"loss", "dev_accuracy"}


def test_bins_without_tokens_are_left_out() -> None:
    results = ready_results(*TWO)
    systems = tuple(
        dataclasses.replace(
            system,
            by_length=tuple(
                dataclasses.replace(bin, tokens=0, accuracy=None) if number == 0 else bin
                for number, bin in enumerate(system.by_length)
            ),
        )
        for system in results.systems
    )
    before = texts(ready_pictures(*TWO)["length"])
    after = texts(draw(dataclasses.replace(results, systems=systems))["length"])
    label = results.systems[0].by_length[0].label
    assert any(text.startswith(label + "\n") for text in before)
    assert not any(text.startswith(label + "\n") for text in after)


def test_small_bins_and_easy_tags_are_left_out_and_the_caption_says_so() -> None:
    results = ready_results(*TWO)
    systems = tuple(
        dataclasses.replace(
            system,
            by_length=(Bin("1-5", 19, Spread((1.0,))), Bin("over 5", 20, Spread((0.9,)))),
            by_tag=(
                Bin("EASY", 900, Spread((0.999,))),
                Bin("HARD", 20, Spread((0.9,))),
                Bin("RARE", 19, Spread((0.9,))),
            ),
        )
        for system in results.systems
    )
    pictures = draw(dataclasses.replace(results, systems=systems))
    assert "Left out, with fewer than 20 tokens: 1-5." in pictures["length"].caption
    assert not any(text.startswith("1-5") for text in texts(pictures["length"]))
    assert "1 with fewer than 20 tokens each and 1 that every" in pictures["tag"].caption
    assert "HARD (20)" in texts(pictures["tag"])
    assert not any(text.startswith(("EASY", "RARE")) for text in texts(pictures["tag"]))


@pytest.mark.parametrize("count", [1, 3, 13])
def test_labels_of_points_in_one_place_do_not_overlap(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with drawing():
        figure = new_figure(4)
        axes = figure.subplots()
        label_points(
            axes, [End(1 + number / 100, 1, f"system {number}", pen(number)) for number in range(count)]
        )
    names = [
        entry for entry in drawn_texts(Picture("", "", figure), monkeypatch) if entry[0].startswith("system")
    ]
    assert len(names) == count
    for (one, first), (other, second) in itertools.combinations(names, 2):
        assert not first.overlaps(second), (one, other)


def test_pens_are_distinct() -> None:
    assert len({pen(number) for number in range(2 * len(PENS))}) == 2 * len(PENS)
    assert len({(pen(number).marker, pen(number).filled) for number in range(2 * len(PENS))}) == 2 * len(PENS)


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
