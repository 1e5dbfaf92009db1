"""``postagger calibrate``, as a user types it, and `recalibrate`, which it calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Run, runner

from postagger import Config, Corpus, DataError, Ensemble, Tagger, load_corpus
from postagger.tagger import recalibrate

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module", params=["softmax", "crf"])
def tagger(request: pytest.FixtureRequest, tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> Tagger:
    training = {"epochs": 6, "learning_rate": 0.02}
    config = tiny_config("window", model={"output": request.param}, training=training)
    return Tagger.train(tiny_corpus, config).at_temperature(4.0)


@pytest.fixture(scope="module")
def model(tagger: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("calibrate") / "m.safetensors"
    tagger.save(file)
    return file


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def test_what_it_says_is_what_evaluations_say(tagger: Tagger, tiny_corpus: Corpus) -> None:
    gold = [*tiny_corpus.train, [("dog", "NO_SUCH_TAG"), ("saw", "_")]]
    known = tiny_corpus.train
    found, (record,) = recalibrate(tagger, iter(gold))
    assert found.temperature == record.temperature == tagger.calibrate(gold).temperature
    assert tagger.temperature == 4.0
    assert (record.tokens, record.unknown_tags) == (sum(map(len, known)), 1)
    for which, error in ((tagger, record.error_before), (found, record.error_after)):
        score = which.evaluate_on(known).calibration
        assert score is not None
        assert error == pytest.approx(score.expected_error, abs=1e-6)
    _, (record,) = recalibrate(tagger, known)
    halves = [tagger.calibrate(known[::2]).evaluate_on(known[1::2])]
    halves.append(tagger.calibrate(known[1::2]).evaluate_on(known[::2]))
    errors = [len(each) * each.expected_error for half in halves if (each := half.calibration) is not None]
    assert record.error_held_out == pytest.approx(sum(errors) / record.tokens, abs=1e-6)
    assert recalibrate(tagger, known[:1])[1][0].error_held_out is None


def test_the_command_saves_a_model_with_other_probabilities(
    tagger: Tagger, model: Path, run: Run, tiny_file: Path, tmp_path: Path
) -> None:
    output = tmp_path / "new" / "c.safetensors"
    status, out, errors = run("calibrate", model, tiny_file, "-o", output)
    assert status == 0
    assert errors.endswith(f"written: {output}\n")
    lines = out.splitlines()
    assert lines[2].split()[2] == "4.00"
    loaded = Tagger.load(output)
    assert lines[2].split()[3] == f"{loaded.temperature:.2f}"
    assert loaded.tag(["They", "saw", "."]) == tagger.tag(["They", "saw", "."])
    assert run("calibrate", model, tiny_file, "-o", output).status == 1, "it is there already"
    status, out, _ = run("calibrate", model, tiny_file, "-o", output, "--force", "--json")
    assert status == 0
    (record,) = json.loads(out)["heads"].values()
    assert record["temperatures"] == [4.0]
    assert 0 <= record["error_after"] <= 1


def test_beside_the_model_by_default(model: Path, run: Run, tiny_file: Path) -> None:
    assert run("calibrate", model, tiny_file, "--split", "dev").status == 0
    assert (model.parent / "m-calibrated.safetensors").is_file()


def test_it_warns_of_the_training_text_and_of_the_same_dev_part(
    run: Run, tmp_path: Path, tiny_config: Callable[..., Config]
) -> None:
    columns = load_corpus("sample", column=["xpos", "upos"])
    file = tmp_path / "both.safetensors"
    Tagger.train(columns, tiny_config("window")).save(file)
    arguments = ("calibrate", file, "sample", "--force", "-o", tmp_path / "c.safetensors")
    status, out, errors = run(*arguments, "--split", "train")
    assert status == 0
    assert "seems to have been trained on this text" in errors
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["xpos", "upos"]
    assert "on the same dev part of sample" in run(*arguments).stderr
    status, out, errors = run(*arguments, "--split", "test", "--head", "upos")
    assert [line.split()[0] for line in out.splitlines()[2:3]] == ["upos"]
    assert "trained on" not in errors
    assert "same dev part" not in errors
    record = json.loads(run(*arguments, "--split", "test", "--head", "upos", "--json").stdout)["heads"][
        "upos"
    ]
    assert ("there is no need for" in errors) == (record["error_held_out"] >= record["error_before"])
    found = Tagger.load(tmp_path / "c.safetensors")
    assert found.temperature == Tagger.load(file).temperature
    assert found.with_head("upos").temperature != Tagger.load(file).with_head("upos").temperature


def test_an_ensemble(tagger: Tagger, run: Run, tmp_path: Path, tiny_file: Path, tiny_corpus: Corpus) -> None:
    ensemble = Ensemble([tagger, tagger.at_temperature(0.5)])
    ensemble.save(tmp_path / "two")
    status, out, _ = run("calibrate", tmp_path / "two", tiny_file)
    assert status == 0
    assert out.splitlines()[2].split()[2] == "0.50-4.00"
    first, second = Ensemble.load(tmp_path / "two-calibrated").taggers
    assert first.temperature == second.temperature
    assert run("calibrate", tmp_path / "two", tiny_file).status == 1
    _, (record,) = recalibrate(ensemble, tiny_corpus, "train")
    score = ensemble.evaluate_on(tiny_corpus, "train").calibration
    assert score is not None
    assert record.error_before == pytest.approx(score.expected_error, abs=1e-6)


def test_too_little_to_fit_anything(tagger: Tagger, model: Path, run: Run, write: Callable[..., str]) -> None:
    file = write("a.txt", [[("saw", "XYZ")]])
    status, out, errors = run("calibrate", model, file, "-o", Path(file).with_name("c.safetensors"))
    assert (status, out) == (1, "")
    assert errors.splitlines()[-1].endswith("no token has a tag that the tagger knows")
    assert not Path(file).with_name("c.safetensors").exists()
    with pytest.raises(DataError, match="nothing to calibrate on"):
        recalibrate(tagger, [])
