"""``postagger evaluate --predictions``, as a user types it, and `scored_tokens`, which it writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Run, runner

from postagger import Config, ConfigError, Corpus, DataError, Ensemble, Tagger, load_corpus, load_files

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module", params=["softmax", "crf"])
def tagger(request: pytest.FixtureRequest, tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> Tagger:
    training = {"epochs": 6, "learning_rate": 0.02}
    config = tiny_config("window", model={"output": request.param}, training=training)
    return Tagger.train(tiny_corpus, config)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def test_they_are_what_the_evaluation_counts(tagger: Tagger, tiny_corpus: Corpus) -> None:
    score = tagger.evaluate_on(tiny_corpus, "test")
    tokens = list(tagger.scored_tokens(tiny_corpus, "test"))
    assert len(tokens) == score.tokens.total
    assert sum(bool(each.outcomes["tiny"].correct) for each in tokens) == score.tokens.correct
    assert sum(each.known for each in tokens) == score.known.total
    assert [(each.sentence, each.token, each.word) for each in tokens] == [
        (number, place, word)
        for number, sentence in enumerate(tiny_corpus.test, 1)
        for place, (word, _) in enumerate(sentence, 1)
    ]
    for each in tokens:
        words = [word for word, _ in tiny_corpus.test[each.sentence - 1]]
        outcome = each.outcomes["tiny"]
        expected = tagger.distributions(words)[each.token - 1][outcome.predicted]
        assert outcome.probability == pytest.approx(expected, abs=1e-6)


def test_of_sentences_and_of_an_ensemble(tagger: Tagger, tiny_corpus: Corpus) -> None:
    plain = list(tagger.scored_tokens([[], *tiny_corpus.test]))
    assert plain[0].sentence == 2
    assert {each.document for each in plain} == {""}
    several = Ensemble([tagger, tagger])
    words = [[word for word, _ in sentence] for sentence in tiny_corpus.test]
    for one in (tagger, several):
        found = [each.outcomes["tiny"].predicted for each in one.scored_tokens(tiny_corpus)]
        assert found == [tag for sentence in one.tag_sents(words) for _, tag in sentence]


def test_mistakes_are_told_by_the_call_itself(tagger: Tagger, tiny_corpus: Corpus) -> None:
    with pytest.raises(ConfigError, match="unknown head 'brown'"):
        tagger.scored_tokens(tiny_corpus, heads=["brown"])
    with pytest.raises(DataError, match="a corpus has the parts"):
        tagger.scored_tokens(tiny_corpus, "tset")


def test_the_command_writes_a_file_beside_its_scores(
    tagger: Tagger, run: Run, tmp_path: Path, tiny_file: Path
) -> None:
    model, file = tmp_path / "m.safetensors", tmp_path / "new" / "p.jsonl"
    tagger.save(model)
    plain = run("evaluate", model, tiny_file, "--json")
    status, out, errors = run("evaluate", model, tiny_file, "--json", "--predictions", file)
    assert (status, out) == (0, plain.stdout)
    assert errors.endswith(f"written: {file}\n")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    facts = json.loads(out)
    assert len(rows) == facts["tokens"]
    assert sum(row["gold"] == row["predicted"] for row in rows) / len(rows) == facts["accuracy"]
    lexicon = tmp_path / "lexicon.tsv"
    lexicon.write_text("saw\tNN\n", encoding="utf-8")
    status, *_ = run("evaluate", model, tiny_file, "--lexicon", lexicon, "--predictions", file)
    assert status == 0
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {row["predicted"] for row in rows if row["word"] == "saw"} == {"NN"}


def test_several_columns(run: Run, tmp_path: Path, tiny_config: Callable[..., Config]) -> None:
    columns = load_corpus("sample", column=["xpos", "upos"])
    model, file = tmp_path / "m.safetensors", tmp_path / "p.conllu"
    Tagger.train(columns, tiny_config("window")).save(model)
    status, out, _ = run("evaluate", model, "sample", "--predictions", file, "--json")
    assert status == 0
    facts = json.loads(out)["heads"]
    for head in ("xpos", "upos"):
        gold = columns.by_head[head].test
        found = load_files(test=file, column=head).test
        pairs = [pair for one, two in zip(gold, found, strict=True) for pair in zip(one, two, strict=True)]
        assert sum(one == two for one, two in pairs) / len(pairs) == facts[head]["accuracy"]
    documents = [line for line in file.read_text("utf-8").splitlines() if line.startswith("# newdoc")]
    assert len(documents) == len(set(columns.document_names("test")))
    assert run("evaluate", model, "sample", "--head", "upos", "--predictions", file).status == 0
    line = next(line for line in file.read_text("utf-8").splitlines() if line.startswith("1\t"))
    assert line.split("\t")[4] == "_"
    assert "|Gold=" in line


@pytest.mark.parametrize(
    ("file", "corpus", "told"),
    [
        ("-", "sample", "the scores are on stdout already"),
        ("a.csv", "sample", "ends in .tsv, .conllu, .jsonl"),
        ("a.tsv", "challenge", "--predictions does not apply to the challenge set"),
    ],
)
def test_mistakes_of_the_command(run: Run, file: str, corpus: str, told: str) -> None:
    status, out, errors = run("evaluate", "en", corpus, "--predictions", file)
    assert (status, out) == (2, "")
    (line,) = errors.splitlines()
    assert told in line
