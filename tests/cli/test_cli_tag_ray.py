"""``postagger tag --engine ray``: two actors; one is killed, or the driver is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import Run, runner
from killing import being_written, complete, is_running, kill, run, started, until

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
else:
    pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra parquet")

LINE = "The dog barks at the old man, who left. Did she see it?"
RAY = ["--engine", "ray", "--input", "in/*.parquet", "-o", "out"]

slow = pytest.mark.slow
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with five files, of which 1.parquet takes some seconds, and what one process makes of them."""
    pytest.importorskip("ray", reason="needs the extra ray")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    (tmp_path / "in").mkdir()
    for number in range(5):
        rows = 30_000 if number == 1 else 100
        table = pa.table({"id": range(rows), "text": [LINE] * rows})
        pq.write_table(table, tmp_path / "in" / f"{number}.parquet")
    assert run(tmp_path, "in", "-o", "expected")[0] == 0
    return tmp_path


@slow
@on_linux
def test_two_actors_of_which_one_is_killed(here: Path) -> None:
    out = here / "out"
    with started(here, *RAY) as process:
        actor = until(lambda: being_written(out).get("1.parquet"))
        until(lambda: len(complete(out)) >= 2)  # the other one goes on meanwhile
        kill(actor)
        _, said = process.communicate()
    assert process.returncode == 0, said
    assert said.splitlines()[-1] == "tagged 5 files to out"
    assert complete(out) == complete(here / "expected")
    assert not being_written(out)
    again = run(here, "in", "-o", "out")  # without Ray: the outputs and the record are the same
    assert again == (0, "tagged 0 files to out; skipped 5 that had been tagged before and have not changed\n")


@slow
@on_linux
def test_the_driver_is_killed_and_a_later_run_goes_on(here: Path) -> None:
    out = here / "out"
    with started(here, *RAY) as process:
        actor = until(lambda: being_written(out).get("1.parquet"))
        until(lambda: complete(out))
        process.kill()
        until(lambda: not is_running(actor))
    kept = complete(out)
    expected = complete(here / "expected")
    assert "1.parquet" not in kept
    assert kept.items() <= expected.items()
    for file in out.glob("*.parquet"):  # each is whole
        assert file.read_bytes() == expected[file.name]
    with started(here, *RAY) as process:
        _, said = process.communicate()
    assert process.returncode == 0, said
    assert f"tagged {5 - len(kept)} files to out; skipped {len(kept)} that" in said
    assert complete(out) == expected


@slow
def test_files_that_can_not_be_read(here: Path) -> None:
    (here / "in" / "6.parquet").write_text("no")
    (here / "in" / "1.parquet").unlink()
    status, said = run(here, *RAY)
    assert status == 1
    assert f"postagger: {here}/in/6.parquet is no Parquet file" in said
    assert said.splitlines()[-1] == "tagged 4 files to out"


def test_what_ray_can_not_do_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_here: Run = runner(capsys, monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("It rains.\n")
    for arguments, message in (
        (["a.txt", "--engine", "ray"], "--engine ray writes an output for each file: name a folder"),
        (["a.txt", "--engine", "ray", "-o", "b.txt"], "--engine ray writes an output for each file"),
        (["-", "--engine", "ray", "-o", "out/"], "--engine ray reads files, not pipes or stdin (-)"),
    ):
        result = run_here("tag", *arguments)
        assert (result.status, result.stdout) == (2, "")
        assert result.stderr.startswith(f"postagger: {message}")
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ray" else name)
    result = run_here("tag", "a.txt", "--engine", "ray", "-o", "out/")
    assert (result.status, result.stderr) == (
        1,
        "postagger: --engine ray needs ray: pip install 'postagkit[ray]'\n",
    )


def test_patterns_of_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_here: Run = runner(capsys, monkeypatch)
    monkeypatch.chdir(tmp_path)
    for name in ("in/a.txt", "in/b.txt", "in/c.md", "in/sub/a.txt", "odd[1].txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("It rains.\n")
    tagged = "It/PRP rains/VBZ ./.\n"
    assert run_here("tag", "--input", "in/*.txt").stdout == tagged * 2
    assert run_here("tag", "en", "in/c.md", "--input", "in/**/*.txt").stdout == tagged * 4
    assert run_here("tag", "--input", "odd[1].txt").stdout == tagged
    result = run_here("tag", "--input", "in/**/a.txt", "--input", "in/b*", "-o", "out")
    assert (result.status, result.stderr) == (0, "tagged 3 files to out\n")
    assert sorted(path.relative_to("out").as_posix() for path in Path("out").rglob("*.txt")) == [
        *("a.txt", "b.txt", "sub/a.txt"),
    ]
    missing = run_here("tag", "--input", "in/*.csv")
    assert (missing.status, missing.stderr) == (1, "postagger: no file fits the pattern in/*.csv\n")
    assert run_here("tag", "--input", "**/*.txt", "-o", "out").stderr.startswith("tagged ")  # not the outputs
    assert not list(Path("out/out").glob("*"))
