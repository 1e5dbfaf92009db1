"""Loss and accuracy by epoch, of one or several trainings, as a page or a picture; it needs no other package.

Both scales are logarithmic, that of accuracy in errors: so what the last epochs gain can be seen beside what
the first ones do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from postagger.errors import ConfigError, DataError, brief
from postagger.io import write_whole
from postagger.plots import Pen, log_ticks, pens_of
from postagger.tracking.logged_runs import LoggedEpoch, LoggedRun

_STYLE = Path(__file__).with_name("curve.css")

_DASHES = {"-": "", "--": "6 3", "-.": "6 3 2 3", ":": "2 3"}
"""SVG's dashes for matplotlib's line styles."""

_APART = 24
"""The least distance between two numbers on the vertical axis."""

_WIDTH, _HEIGHT = 420, 290
"""Of a panel, in the units of its picture."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 30, 40
_MANY = 60
"""Epochs after which there is no mark at each."""

_FEWEST_ERRORS = 1e-4
"""Accuracy above 99.99 % is drawn as this many errors per token."""

_LOWEST_LOSS = 1e-4

Value = Callable[[LoggedEpoch], float | None]


def write_curve(path: str | Path, runs: Sequence[LoggedRun]) -> None:
    """Writes a page (``.html``) or a picture (``.svg``) of runs, whole or not at all.

    Args:
        runs: at least one, as `read_runs` reads them.

    Raises:
        ConfigError: the name ends in another way.
        DataError: the file can't be written.
    """
    draw = {".html": _page, ".svg": _picture}.get(Path(path).suffix.lower())
    if draw is None:
        raise ConfigError(f"a curve is written as .html or .svg, not {brief(str(path))}: name such a file")
    try:
        write_whole(Path(path), draw(runs).encode(errors="replace"))
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror or error}") from None


def best_of(run: LoggedRun) -> LoggedEpoch | None:
    """The epoch that was kept, or the best one so far; None without dev accuracies."""
    scored = [each for each in run.epochs if each.dev_accuracy is not None]
    kept = [each for each in scored if each.epoch == run.best_epoch]
    return kept[0] if kept else max(scored, key=lambda each: each.dev_accuracy or 0.0, default=None)


def _loss(epoch: LoggedEpoch) -> float:
    return max(epoch.loss, _LOWEST_LOSS)


def _errors(epoch: LoggedEpoch) -> float | None:
    return None if epoch.dev_accuracy is None else max(1 - epoch.dev_accuracy, _FEWEST_ERRORS)


def _page(runs: Sequence[LoggedRun]) -> str:
    names = ", ".join(run.name for run in runs)
    panels = "".join(f"<figure>{_svg(panel, _WIDTH, _HEIGHT)}</figure>\n" for panel in _panels(runs))
    legend = "".join(
        f'<li><svg viewBox="0 0 34 12" aria-hidden="true">{_sample(look, 1, 6)}</svg> {escape(name)}</li>'
        for name, look in _looks(runs).items()
    )
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in table(runs)[1:]
    )
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in table(runs)[0])
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Training curves: {escape(names)}</title>
<style>
{_STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
<h1>Training curves</h1>
<ul class="legend">{legend}</ul>
<div class="panels">
{panels}</div>
<p>The loss is that of the training sentences, with dropout, in nats per token. Accuracy is that on the dev
part, on which the epoch is chosen whose weights are kept (ringed). Both scales are logarithmic, that of
accuracy in errors.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Figures of the runs"><table>
<tr>{head}</tr>
{rows}</table></div>
</main>
</body>
</html>
"""


def _picture(runs: Sequence[LoggedRun]) -> str:
    """The panels below each other and a legend, as one SVG that a phone can show, too."""
    panels = _panels(runs)
    legend = "".join(
        _sample(look, _LEFT, 18 * number + 14)
        + f'<text x="{_LEFT + 40}" y="{18 * number + 18}">{escape(name)}</text>'
        for number, (name, look) in enumerate(_looks(runs).items())
    )
    top = 18 * len(runs) + 10
    drawn = "".join(
        f'<g transform="translate(0 {top + _HEIGHT * number})">{panel}</g>'
        for number, panel in enumerate(panels)
    )
    style = f"<style>{_STYLE.read_text(encoding='utf-8')}</style>"
    return _svg(f"{style}{legend}{drawn}", _WIDTH, top + _HEIGHT * len(panels), alone=True)


def table(runs: Sequence[LoggedRun]) -> list[tuple[str, ...]]:
    """A row of figures for each run, after a head."""
    rows: list[tuple[str, ...]] = [("run", "epochs", "last loss", "best dev", "epoch", "seconds")]
    for run in runs:
        best, last = best_of(run), run.epochs[-1]
        accuracy = "-" if best is None else f"{100 * (best.dev_accuracy or 0.0):.2f} %"
        number = "-" if best is None else str(best.epoch)
        count = f"{last.epoch}{'' if run.finished else ' so far'}"
        rows.append((run.name, count, f"{last.loss:.4f}", accuracy, number, f"{last.seconds:.1f}"))
    return rows


def _panels(runs: Sequence[LoggedRun]) -> list[str]:
    panels = [_panel("training loss", runs, _loss, lambda value: f"{value:.10g}")]
    if any(best_of(run) is not None for run in runs):
        panels.append(
            _panel("accuracy on dev (%)", runs, _errors, lambda value: f"{100 - 100 * value:.10g}", down=True)
        )
    return panels


def _panel(
    title: str, runs: Sequence[LoggedRun], value: Value, label: Callable[[float], str], *, down: bool = False
) -> str:
    """A frame with a line for each run.

    Args:
        value: what is drawn of an epoch, above 0.
        label: how a tick is written.
        down: whether small values are on top.
    """
    values = [each for run in runs for epoch in run.epochs if (each := value(epoch)) is not None]
    low, high = _bounds(values)
    last = max(epoch.epoch for run in runs for epoch in run.epochs)

    def x(epoch: int) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (0.5 if last == 1 else (epoch - 1) / (last - 1))

    def y(number: float) -> float:
        share = math.log(number / low) / math.log(high / low)
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (share if down else 1 - share)

    marks = [f'<text class="title" x="{_LEFT}" y="16">{escape(title)}</text>']
    for tick in log_ticks(low, high, _APART / (_HEIGHT - _TOP - _BOTTOM), fewest=4):
        marks.append(f'<path class="grid" d="M{_LEFT} {y(tick):.1f}H{_WIDTH - _RIGHT}"/>')
        marks.append(f'<text class="end" x="{_LEFT - 6}" y="{y(tick) + 4:.1f}">{escape(label(tick))}</text>')
    for epoch in _epoch_ticks(last):
        marks.append(f'<text class="middle" x="{x(epoch):.1f}" y="{_HEIGHT - _BOTTOM + 17}">{epoch}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    marks.append(f'<text class="middle" x="{middle}" y="{_HEIGHT - 6}">epoch</text>')
    looks = _looks(runs)
    for run in runs:
        points = [(epoch, each) for epoch in run.epochs if (each := value(epoch)) is not None]
        line = [(epoch, x(epoch.epoch), y(each)) for epoch, each in points]
        marks += _line(run, looks[run.name], line, ringed=down)
    return "".join(marks)


def _line(
    run: LoggedRun, look: Pen, points: Sequence[tuple[LoggedEpoch, float, float]], *, ringed: bool
) -> list[str]:
    """A run's line, with a mark at each epoch that tells its figures when it is pointed at."""
    path = "L".join(f"{across:.1f} {up:.1f}" for _, across, up in points)
    drawn = [f'<path {_style(look)} d="M{path}"/>'] if points else []
    mark = "mark" if look.filled else "mark hollow"
    for epoch, across, up in points:
        kept = ringed and epoch.epoch == run.best_epoch
        if len(points) > _MANY and not kept:
            continue
        dev = "" if epoch.dev_accuracy is None else f", dev {100 * epoch.dev_accuracy:.2f} %"
        told = escape(f"{run.name}, epoch {epoch.epoch}: loss {epoch.loss:.4f}{dev}")
        place = f'{_style(look, dashed=False)} cx="{across:.1f}" cy="{up:.1f}"'
        ring = f'<circle class="ring" {place} r="6.5"/>' if kept else ""
        drawn.append(f'{ring}<circle class="{mark}" {place} r="3"><title>{told}</title></circle>')
    return drawn


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    """The ends of a logarithmic axis, somewhat beyond the values."""
    low, high = min(values), max(values)
    pad = max((high / low) ** 0.05, 1.02)
    return low / pad, high * pad


def _epoch_ticks(last: int) -> list[int]:
    step = next(
        step for power in range(9) for step in (10**power, 2 * 10**power, 5 * 10**power) if last / step <= 10
    )
    return [1, *range(step if step > 1 else 2, last + 1, step)]


def _looks(runs: Sequence[LoggedRun]) -> dict[str, Pen]:
    """The pen of each run, by its name, as in the reports of `compare`."""
    return pens_of(run.name for run in runs)


def _style(look: Pen, *, dashed: bool = True) -> str:
    """The attributes that give a line or a mark its colours; the style sheet chooses one of them."""
    dashes = _DASHES[look.linestyle] if dashed else ""
    return f'style="--light:{look.color};--dark:{look.dark}"' + (
        f' stroke-dasharray="{dashes}"' if dashes else ""
    )


def _sample(look: Pen, x: int, y: int) -> str:
    """A line with a mark, for the legend."""
    mark = "mark" if look.filled else "mark hollow"
    return (
        f'<path {_style(look)} d="M{x} {y}h32"/>'
        f'<circle class="{mark}" {_style(look, dashed=False)} cx="{x + 16}" cy="{y}" r="3"/>'
    )


def _svg(content: str, width: int, height: int, *, alone: bool = False) -> str:
    kind = (
        f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"' if alone else 'class="panel"'
    )
    box = f'viewBox="0 0 {width} {height}" role="img" aria-label="Training curves"'
    return f"<svg {kind} {box}>{content}</svg>\n"
