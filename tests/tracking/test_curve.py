"""The picture of what trainings have logged, and ``postagger curve``, as a user types it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from postagger import ConfigError, DataError
from postagger.cli import main
from postagger.plots import pens_of
from postagger.tracking import LoggedEpoch, LoggedRun, read_runs, write_curve
from postagger.tracking.curve import best_of

LINES: list[dict[str, Any]] = [
    {"epoch": 1, "updates": 2, "loss": 2.0, "dev_accuracy": 0.5, "seconds": 1.0, "stage": "pretraining"},
    {"epoch": 1, "updates": 2, "loss": 1.0, "dev_accuracy": 0.8, "seconds": 2.0, "stage": ""},
    {"epoch": 2, "updates": 4, "loss": 0.1, "dev_accuracy": 0.9, "seconds": 3.0, "stage": ""},
    {"epoch": 3, "updates": 6, "loss": 0.0, "dev_accuracy": 0.9, "seconds": 4.0, "stage": ""},
]
END = {"seconds": 4.5, "corpus": "x", "best_epoch": 2}


def log(path: Path, *lines: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_a_log_is_read_by_its_own_name_or_the_models(tmp_path: Path) -> None:
    log(tmp_path / "a.metrics.jsonl", *LINES, END)
    names = ("a.metrics.jsonl", "a.safetensors", "a")
    stage, run = read_runs([tmp_path / names[0]])
    assert all(read_runs([tmp_path / name]) == [stage, run] for name in names)
    assert (stage.name, len(stage.epochs), stage.best_epoch) == ("a, pretraining", 1, None)
    assert run == LoggedRun(
        "a",
        (LoggedEpoch(1, 1.0, 0.8, 2.0), LoggedEpoch(2, 0.1, 0.9, 3.0), LoggedEpoch(3, 0.0, 0.9, 4.0)),
        2,
        finished=True,
    )
    assert best_of(run) == run.epochs[1]


def test_of_a_training_that_goes_on_the_last_line_may_be_incomplete(tmp_path: Path) -> None:
    file = log(tmp_path / "a.metrics.jsonl.part", *LINES[1:])
    with file.open("a") as opened:
        opened.write('{"epoch": 4, "lo')
    (run,) = read_runs([tmp_path / "a.safetensors"])
    assert len(run.epochs) == 3
    assert not run.finished
    assert best_of(run) == run.epochs[1]


def test_two_of_the_same_name_have_their_folders(tmp_path: Path) -> None:
    files = [log(tmp_path / folder / "a.metrics.jsonl", LINES[1], END) for folder in "xy"]
    assert [run.name for run in read_runs(files)] == [str(tmp_path / folder / "a") for folder in "xy"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([END], "has no epochs yet"),
        ([LINES[1], [1]], "2 is no line of metrics"),
        ([{**LINES[1], "loss": "high"}], "has an epoch that is none"),
        ([{**LINES[1], "loss": float("nan")}], "has an epoch that is none"),
        ([{**LINES[1], "dev_accuracy": 96.5}], "has an epoch that is none"),
        ([{**LINES[1], "epoch": True}], "has an epoch that is none"),
    ],
)
def test_what_is_no_log(tmp_path: Path, lines: list[object], told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_runs([log(tmp_path / "a.metrics.jsonl", *lines)])


def test_a_model_without_a_log(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there are no metrics of .*a\.safetensors"):
        read_runs([tmp_path / "a.safetensors"])


def drawn(path: Path, runs: list[LoggedRun]) -> ET.Element:
    write_curve(path, runs)
    text = path.read_text(encoding="utf-8")
    return ET.fromstring(
        text if path.suffix == ".svg" else text[text.index("<main>") : text.index("</body>")]
    )


@pytest.mark.parametrize("ending", ["html", "svg"])
def test_every_epoch_is_where_its_figures_say(tmp_path: Path, ending: str) -> None:
    runs = read_runs([log(tmp_path / "a<b.metrics.jsonl", *LINES[1:], END)])
    page = drawn(tmp_path / f"new/curve.{ending}", runs)
    circles = [each for each in page.iter() if each.tag.endswith("circle")]
    ring = next(each for each in circles if "ring" in each.attrib["class"])
    points = [each for each in circles if len(each)]  # that of the legend has no title
    assert len(points) == 6
    told = ["".join(each.itertext()) for each in points]
    assert told[0] == "a<b, epoch 1: loss 1.0000, dev 80.00 %"
    x, y = ([float(each.attrib[name]) for each in points] for name in ("cx", "cy"))
    assert x[:3] == sorted(x[:3]) == x[3:]
    assert x[1] - x[0] == pytest.approx(x[2] - x[1], abs=0.2)
    assert y[0] < y[1] < y[2], "a lower loss is farther down"
    assert y[3] > y[4] == y[5], "a higher accuracy is farther up"
    assert (y[1] - y[0]) / (y[2] - y[0]) == pytest.approx(0.25, abs=0.01), "from 1 to 0.1 of 1 to 0.0001"
    assert (float(ring.attrib["cx"]), float(ring.attrib["cy"])) == (x[4], y[4])
    texts = ["".join(each.itertext()) for each in page.iter() if each.tag.endswith("text")]
    assert "80" in texts
    assert "90" in texts


def test_one_epoch_many_runs_and_no_dev_part(tmp_path: Path) -> None:
    one = LoggedRun("one", (LoggedEpoch(1, 0.5, None, 1.0),), None, finished=True)
    page = drawn(tmp_path / "a.html", [one])
    assert len(page.findall(".//figure")) == 1
    assert [cell.text for cell in page.findall(".//td")][3:5] == ["-", "-"]
    long = tuple(LoggedEpoch(number, 1 / number, 1 - 1 / (number + 1), 1.0) for number in range(1, 301))
    many = [LoggedRun(f"run {number}", long, 7, finished=True) for number in range(20)]
    page = drawn(tmp_path / "b.html", many)
    assert len(page.findall(".//li")) == 20
    looks = [
        (each.find(".//path").attrib["style"], each.find(".//circle").attrib["class"])  # type: ignore[union-attr]
        for each in page.findall(".//li")
    ]
    assert len(set(looks)) == 16, "as many as there are pens"
    labels = [each.text for each in page.findall(".//text[@class='middle']")]
    assert labels[:7] == ["1", "50", "100", "150", "200", "250", "300"]


def test_a_run_has_the_colour_of_its_system_in_other_reports(tmp_path: Path) -> None:
    epochs = (LoggedEpoch(1, 0.5, 0.9, 1.0), LoggedEpoch(2, 0.4, 0.92, 2.0))
    runs = [LoggedRun(name, epochs, 2, finished=True) for name in ("lstm", "window")]
    page = drawn(tmp_path / "a.html", runs)
    styles = [path.attrib["style"] for path in page.findall(".//li//path")]
    pens = pens_of(["window", "lstm"])
    assert styles == [f"--light:{pens[run.name].color};--dark:{pens[run.name].dark}" for run in runs]


def test_the_page_follows_the_readers_colours_and_needs_no_other_file(tmp_path: Path) -> None:
    drawn(tmp_path / "a.html", read_runs([log(tmp_path / "a.metrics.jsonl", *LINES)]))
    text = (tmp_path / "a.html").read_text("utf-8")
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"(?:src|href)=|url\(|@import", text)


def test_names_that_will_not_do(tmp_path: Path) -> None:
    runs = read_runs([log(tmp_path / "a.metrics.jsonl", *LINES)])
    with pytest.raises(ConfigError, match=r"written as \.html or \.svg"):
        write_curve(tmp_path / "a.png", runs)
    (tmp_path / "b.html").mkdir()
    with pytest.raises(DataError, match="can't be written"):
        write_curve(tmp_path / "b.html", runs)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = log(tmp_path / "a.metrics.jsonl", *LINES[1:], END)
    second = log(tmp_path / "b.metrics.jsonl.part", *LINES[1:3])
    assert main(["curve", str(first), str(tmp_path / "b.safetensors")]) == 0
    out, errors = capsys.readouterr()
    assert errors == f"written: {tmp_path / 'curve.html'}\n"
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["a", "3", "0.0000", "90.00", "%", "2", "4.0"],
        ["b", "2", "so", "far", "0.1000", "90.00", "%", "2", "3.0"],
    ]
    assert main(["curve", str(second), "--json", "-o", str(tmp_path / "c.svg")]) == 0
    facts = json.loads(capsys.readouterr().out)["runs"]
    assert [each["epoch"] for each in facts[0]["epochs"]] == [1, 2]
    assert main(["curve", str(tmp_path / "c.safetensors")]) == 1
    assert main(["curve", str(first), "-o", "a.png"]) == 2


def test_what_train_writes_can_be_drawn(
    tmp_path: Path, tiny_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = [f"corpus.name={tiny_file}", "training.epochs=2", "model.hidden=[4]"]
    assert main(["train", "window", "--set", *settings, "-o", "m.safetensors"]) == 0
    (run,) = read_runs(["m.safetensors"])
    assert len(run.epochs) == 2
    assert run.finished
    assert run.best_epoch in (1, 2)
