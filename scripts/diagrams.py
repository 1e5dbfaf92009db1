#!/usr/bin/env python3
"""Draws the tutorial's diagrams as SVG files in docs/tutorial/images.

Example:
    python scripts/diagrams.py
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import pairwise, product

from lecture.canvas import Canvas, Node
from lecture.pages import FOLDER

TIMES = "\N{MULTIPLICATION SIGN}"
INPUT, HIDDEN, OUTPUT, MEMORY = range(4)
"""Numbers of colours: one meaning each in all diagrams."""


def feedforward() -> Canvas:
    """Inputs, two hidden layers, outputs; all circles of neighbouring layers are connected."""
    canvas = Canvas("A feedforward network with two hidden layers", 560, 300)
    layers = (("x", 3, INPUT), ("h¹", 5, HIDDEN), ("h²", 4, HIDDEN), ("y", 3, OUTPUT))
    columns: list[list[Node]] = []
    for number, (name, units, hue) in enumerate(layers):
        x = 70 + 140 * number
        columns.append(
            [canvas.circle(x, 130 + 48 * (unit - (units - 1) / 2), hue=hue) for unit in range(units)]
        )
        canvas.text(x, 285, name, style="bold")
    for left, right in pairwise(columns):
        for a, b in product(left, right):
            canvas.line(a.right, b.left, arrow=False, faint=True)
    for number, matrix in enumerate(("W¹", "W²", "W³")):
        canvas.text(140 + 140 * number, 285, matrix)
    return canvas


def window() -> Canvas:
    """A sentence with a window of five words, whose vectors enter a hidden layer."""
    canvas = Canvas("A window tagger", 560, 330)
    words = ("the", "old", "dog", "sleeps", "in", "the", "sun")
    seen: list[Node] = []
    for number, word in enumerate(words):
        x = 52 + 76 * number
        canvas.text(x, 310, word, style="bold" if number == 2 else "")
        if number < 5:
            seen.append(canvas.box(x, 262, "", width=56, height=26, hue=INPUT))
            canvas.text(x, 262, f"{number - 2:+d}" if number != 2 else "0")
    hidden = canvas.box(seen[2].x, 160, "hidden layer", width=300, height=40, hue=HIDDEN)
    for node in seen:
        canvas.line(node.top, (hidden.x + (node.x - hidden.x) * 0.8, hidden.bottom[1]))
    output = canvas.box(seen[2].x, 70, "a score for each tag", width=200, height=40, hue=OUTPUT)
    canvas.line(hidden.top, output.bottom)
    canvas.text(seen[2].x, 18, "NN", style="bold")
    canvas.line(output.top, (seen[2].x, 28))
    canvas.text(470, 262, "word vectors", style="italic")
    return canvas


def unrolled() -> Canvas:
    """A recurrent network with a box for each step."""
    canvas = Canvas("A recurrent network, unrolled", 560, 270)
    steps = (("the", "DT"), ("dog", "NN"), ("sleeps", "VBZ"), (".", "."))
    start = (12.0, 130.0)
    canvas.text(24, 104, "h₀")
    for number, (word, tag) in enumerate(steps, 1):
        x = 105 + 125 * (number - 1)
        state = canvas.box(x, 130, f"h{chr(0x2080 + number)}", width=64, height=44, hue=HIDDEN)
        canvas.line(start, state.left)
        if number > 1:
            canvas.text((start[0] + state.left[0]) / 2, 112, "U")
        canvas.text(x, 250, word)
        canvas.line((x, 236), state.bottom)
        canvas.text(x + 16, 196, "W")
        canvas.line(state.top, (x, 46))
        canvas.text(x, 28, tag, style="bold")
        start = state.right
    canvas.line(start, (556, 130))
    return canvas


def lstm() -> Canvas:
    """The LSTM cell: the cell state runs along the top, the gates are below."""
    canvas = Canvas("The cell of a long short-term memory", 560, 330)
    names = (("forget f", 105), ("input i", 213), ("candidate g", 323), ("output o", 440))
    gates = [canvas.box(x, 210, name, width=100, hue=HIDDEN) for name, x in names]
    forget, enter, candidate, show = gates
    times = canvas.circle(forget.x, 60, TIMES, hue=MEMORY)
    plus = canvas.circle(268, 60, "+", hue=MEMORY)
    write = canvas.circle(268, 130, TIMES)
    shown = canvas.circle(show.x, 130, TIMES)
    canvas.text(28, 38, "c old")
    canvas.line((6, 60), times.left)
    canvas.line(times.right, plus.left)
    canvas.line(plus.right, (552, 60))
    canvas.text(525, 38, "c new")
    canvas.line(forget.top, times.bottom)
    canvas.line(enter.top, (enter.x, 130), write.left)
    canvas.line(candidate.top, (candidate.x, 130), write.right)
    canvas.line(write.top, plus.bottom)
    canvas.line(show.top, shown.bottom)
    canvas.line((show.x, 60), shown.top)
    canvas.text(show.x + 32, 94, "tanh")
    canvas.line(shown.right, (552, 130))
    canvas.text(525, 112, "h new")
    canvas.line((40, 290), (40, 265), (show.x, 265), arrow=False)
    for gate in gates:
        canvas.line((gate.x, 265), gate.bottom)
    canvas.text(110, 308, "h old and the word's vector x")
    return canvas


def multitask() -> Canvas:
    """Two heads on one backbone."""
    canvas = Canvas("Multi-task learning", 280, 330)
    canvas.text(140, 20, "multi-task learning", style="bold")
    backbone = canvas.box(140, 220, "shared layers", width=170, height=50, hue=HIDDEN)
    canvas.text(140, 310, "words")
    canvas.line((140, 296), backbone.bottom)
    for x, name in ((75, "XPOS"), (205, "UPOS")):
        head = canvas.box(x, 110, "head", width=80, hue=OUTPUT)
        canvas.line((x, backbone.top[1]), head.bottom)
        canvas.line(head.top, (x, 66))
        canvas.text(x, 52, name)
    return canvas


def transfer() -> Canvas:
    """A backbone that moves to another task."""
    canvas = Canvas("Transfer learning", 280, 330)
    canvas.text(140, 20, "transfer learning", style="bold")
    first, second = (canvas.box(x, 220, "layers", width=90, height=50, hue=HIDDEN) for x in (65, 215))
    for node, name, title in ((first, "large corpus", "head"), (second, "small corpus", "new head")):
        head = canvas.box(node.x, 110, title, width=90, hue=OUTPUT)
        canvas.line(node.top, head.bottom)
        canvas.line(head.top, (node.x, 66))
        canvas.text(node.x, 310, name)
        canvas.line((node.x, 296), node.bottom)
    canvas.text(first.x, 52, "task 1")
    canvas.text(second.x, 52, "task 2")
    canvas.line(first.right, second.left, dashed=True)
    canvas.text(140, 200, "copy")
    return canvas


def distillation() -> Canvas:
    """A teacher tags plain text; the student learns from its probabilities, and from the treebank."""
    canvas = Canvas("Distillation", 560, 250)
    text = canvas.box(80, 80, "plain text", width=120, hue=INPUT)
    teacher = canvas.box(280, 80, "teacher (slow)", width=150, hue=MEMORY)
    soft = canvas.box(480, 80, "probabilities", width=130, hue=OUTPUT)
    treebank = canvas.box(80, 200, "treebank", width=120, hue=INPUT)
    student = canvas.box(280, 200, "student (fast)", width=150, hue=HIDDEN)
    canvas.line(text.right, teacher.left)
    canvas.line(teacher.right, soft.left)
    canvas.line(soft.bottom, (480, 200), student.right)
    canvas.text(430, 220, "learns from", style="italic")
    canvas.line(treebank.right, student.left)
    canvas.line((80, 182), (80, 140), (255, 140), (255, 98), dashed=True)
    canvas.text(170, 128, "first", style="italic")
    canvas.text(280, 30, "the teacher learned from more, or is larger", style="italic")
    return canvas


DIAGRAMS: dict[str, Callable[[], Canvas]] = {
    function.__name__: function
    for function in (feedforward, window, unrolled, lstm, multitask, transfer, distillation)
}


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    for name, draw in DIAGRAMS.items():
        (FOLDER / "images" / f"{name}.svg").write_text(str(draw()), encoding="utf-8")


if __name__ == "__main__":
    main()
