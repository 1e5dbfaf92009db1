"""`BatchTagger`: tables of Arrow, pandas and polars, and mappings of columns."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from postagger import Config, ConfigError, DataError, Ensemble, ModelFileError, Tagger
from postagger.corpora import TaggedSentence
from postagger.serving import BatchTagger

if TYPE_CHECKING:
    import pyarrow as pa
else:
    pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")

EXTRAS = ["tokens", "offsets", "sentences", "probabilities", "top"]
TEXTS = ["Dogs bark. “It rains.”", None, "", "She saw\nthe saw"]
TOKENS = [["Dogs", "bark", "."], None, [], ["She", "saw", "Dogs"]]


@pytest.fixture(scope="module")
def english() -> Tagger:
    return Tagger.load("en")


@pytest.fixture(scope="module")
def model(
    tiny_sentences: list[TaggedSentence],
    tiny_config: Callable[..., Config],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    Tagger.train(tiny_sentences, tiny_config(corpus={"name": "tiny"})).save(path)
    return path


def expected(tagger: Tagger, texts: list[str | None], head: str | None = None) -> list[list[str] | None]:
    """The tags of texts, by `tag_text`."""
    return [
        None if text is None else [str(tok.tag) for each in tagger.tag_text(text, head=head) for tok in each]
        for text in texts
    ]


def tags_of(tagger: Tagger, rows: list[list[str] | None]) -> list[list[str] | None]:
    return [None if row is None else [tag for _, tag in tagger.tag(row)] for row in rows]


# -- Arrow --------------------------------------------------------------------------------------------


def test_texts_get_tokens_and_tags_and_keep_all_else(english: Tagger) -> None:
    table = pa.table({"id": [1, 2, 3, 4], "text": TEXTS}, metadata={"kept": "yes"})
    found = BatchTagger("en")(table)
    assert found.column_names == ["id", "text", "tokens", "tags"]
    assert found.schema.metadata == {b"kept": b"yes"}
    assert found.select(["id", "text"]).equals(table)
    assert found["tags"].to_pylist() == expected(english, TEXTS)
    assert found["tokens"].to_pylist()[:3] == [["Dogs", "bark", ".", "“", "It", "rains", ".", "”"], None, []]


def test_everything_that_can_be_added(english: Tagger) -> None:
    row = BatchTagger("en", add=EXTRAS, top=2)(pa.table({"text": TEXTS})).to_pylist()[0]
    sentences = english.tag_text(str(TEXTS[0]), probabilities=True)
    tokens = [token for sentence in sentences for token in sentence]
    assert row["tags"] == [token.tag for token in tokens]
    assert row["offsets"] == [{"start": token.start, "end": token.end} for token in tokens]
    assert row["sentences"] == [{"start": 0, "end": 3}, {"start": 3, "end": 8}]
    for given, best, token in zip(row["probabilities"], row["top"], tokens, strict=True):
        ranked = list((token.probabilities or {}).items())
        assert given == pytest.approx(ranked[0][1], abs=1e-5)
        assert [each["tag"] for each in best] == [tag for tag, _ in ranked[:2]]
        assert [each["probability"] for each in best] == pytest.approx([p for _, p in ranked[:2]], abs=1e-5)


def test_tokens_get_tags(english: Tagger) -> None:
    table = pa.table({"tokens": TOKENS})
    found = BatchTagger("en", column="tokens", output="pos")(table)
    assert found.column_names == ["tokens", "pos"]
    assert found["pos"].to_pylist() == tags_of(english, TOKENS)


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int32(), pa.string()),
        pa.dictionary(pa.int8(), pa.large_string()),
    ],
    ids=str,
)
def test_texts_of_every_type(kind: pa.DataType, english: Tagger) -> None:
    chunks = [pa.array(TEXTS).cast(kind), pa.array([], kind), pa.array(["x", *TEXTS]).cast(kind).slice(1)]
    column = pa.chunked_array(chunks)
    table = pa.table({"text": column})
    for given in (table, table.slice(0, 0), table.slice(3, 3)):
        found = BatchTagger("en")(given)
        assert found["tags"].to_pylist() == expected(english, given["text"].to_pylist())
        assert found.schema == BatchTagger("en").schema(table.schema)
        found.validate(full=True)


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.string()),
        pa.large_list(pa.large_string()),
        pa.list_view(pa.string()),
        pa.list_(pa.string_view()),
        pa.list_(pa.dictionary(pa.int32(), pa.string())),
    ],
    ids=str,
)
def test_tokens_of_every_type(kind: pa.DataType, english: Tagger) -> None:
    tagger = BatchTagger("en", column="words")
    array = pa.concat_arrays([pa.array(each, kind) for each in ([["x"]], TOKENS, TOKENS)])
    for start, length in ((0, 0), (0, 9), (1, 4), (2, 6)):
        batch = pa.record_batch({"words": array.slice(start, length)})
        found = tagger(batch)
        assert isinstance(found, pa.RecordBatch)
        assert found["tags"].to_pylist() == tags_of(english, batch["words"].to_pylist())
        assert found.schema == tagger.schema(batch.schema)
        found.validate(full=True)


def test_lists_of_one_length_and_nulls_only(english: Tagger) -> None:
    pairs = [["Dogs", "bark"], None, ["It", "rains"]]
    fixed = pa.table({"w": pa.array(pairs, pa.list_(pa.string(), 2))})
    assert BatchTagger("en", column="w")(fixed)["tags"].to_pylist() == tags_of(english, pairs)
    for empty in (pa.nulls(2), pa.nulls(2, pa.list_(pa.string())), pa.nulls(2, pa.list_(pa.null()))):
        assert BatchTagger("en", column="w")(pa.table({"w": empty}))["tags"].to_pylist() == [None, None]
    assert BatchTagger("en", column="w")({"w": []})["tags"] == []


def test_several_heads(english: Tagger) -> None:
    table = pa.table({"text": TEXTS})
    every = BatchTagger("en", head="all", add=["probabilities"])(table)
    assert every.column_names == [
        *("text", "tags_xpos", "tags_upos", "tags_feats"),
        *("probabilities_xpos", "probabilities_upos", "probabilities_feats"),
    ]
    named = BatchTagger("en", output={"upos": "pos", "xpos": "text"}, add=[])(table)
    assert named.column_names == ["text", "pos"]  # the text has been replaced
    for column, head in (("pos", "upos"), ("text", "xpos")):
        assert named[column].to_pylist() == expected(english, TEXTS, head)
        assert every[f"tags_{head}"] == named[column]
    assert BatchTagger("en", head="upos", add=[])(table)["tags"] == named["pos"]


def test_a_column_by_itself(english: Tagger) -> None:
    tags = BatchTagger("en", add=[])(pa.array(TEXTS))
    assert tags.to_pylist() == expected(english, TEXTS)
    both = BatchTagger("en")(pa.chunked_array([TEXTS, TEXTS]))
    assert isinstance(both, pa.ChunkedArray)
    assert both.type.field("tags").type == pa.list_(pa.string())
    assert [row["tags"] for row in both.to_pylist()] == expected(english, TEXTS) * 2
    assert BatchTagger("en")(pa.array([], pa.string())).type == both.type


def test_a_large_table_is_tagged_piece_by_piece(english: Tagger, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = BatchTagger("en")(pa.table({"text": TEXTS * 5}))
    monkeypatch.setattr("postagger.serving.arrow.AT_ONCE", 3)
    monkeypatch.setattr("postagger.serving.frames._AT_ONCE", 3)
    found = BatchTagger("en")(pa.table({"text": TEXTS * 5}))
    assert found["tags"].num_chunks == 7
    assert found.equals(whole)
    assert BatchTagger("en")({"text": TEXTS * 5})["tags"] == expected(english, TEXTS) * 5
    with pytest.raises(DataError, match=r"^row 8 of the column 'w' has a token that is null$"):
        BatchTagger("en", column="w")(pa.table({"w": [["a"]] * 7 + [["b", None]]}))
    with pytest.raises(DataError, match=r"^row 8 of the column 'w' has the token None"):
        BatchTagger("en", column="w")({"w": [["a"]] * 7 + [["b", None]]})


def test_iterators_give_iterators() -> None:
    batches = pa.table({"text": TEXTS}).to_batches(max_chunksize=2)
    found = BatchTagger("en")(iter(batches))
    assert iter(found) is found
    assert pa.Table.from_batches(found).equals(BatchTagger("en")(pa.table({"text": TEXTS})))


# -- other tables -------------------------------------------------------------------------------------


def test_mappings_give_columns_of_the_kind_given(english: Tagger) -> None:
    tagger = BatchTagger("en")
    lists = tagger({"id": [1, 2, 3, 4], "text": TEXTS})
    assert list(lists) == ["id", "text", "tokens", "tags"]
    assert lists["tags"] == expected(english, TEXTS)
    arrays = tagger({"text": np.array(TEXTS, object)})
    assert type(arrays["tags"]) is np.ndarray
    assert arrays["tags"].tolist() == lists["tags"]
    same_length = tagger({"text": np.array(["Dogs bark", "It rains"])})
    assert same_length["tags"].shape == (2,)
    arrow = tagger({"text": pa.array(TEXTS)})
    assert isinstance(arrow["tags"], pa.Array)
    assert arrow["tags"].to_pylist() == lists["tags"]
    assert tagger({"text": []}) == {"text": [], "tokens": [], "tags": []}


def test_lists_have_what_arrow_has() -> None:
    tagger = BatchTagger("en", add=EXTRAS, head="all")
    lists, table = tagger({"text": TEXTS}), tagger(pa.table({"text": TEXTS}))
    assert pa.table(lists, table.schema).equals(table)


def test_tokens_in_lists_and_arrays(english: Tagger) -> None:
    tagger = BatchTagger("en", column="w")
    given: list[list[Any]] = [
        TOKENS,
        [None if each is None else tuple(each) for each in TOKENS],
        [None if each is None else np.array(each) for each in TOKENS],
    ]
    for tokens in given:
        assert tagger({"w": tokens})["tags"] == tags_of(english, TOKENS)
    assert tagger({"w": np.array([["Dogs", "bark"]])})["tags"].tolist() == [["NNS", "VBP"]]


def test_pandas(english: Tagger) -> None:
    pd = pytest.importorskip("pandas", reason="needs pandas")
    for kind in ("str", "object", "string[pyarrow]"):
        frame = pd.DataFrame({"id": range(4), "text": pd.Series(TEXTS, dtype=kind)})
        frame.index = pd.Index([4, 4, 2, 1])
        found = BatchTagger("en")(frame)
        assert list(found.columns) == ["id", "text", "tokens", "tags"]
        assert found["tags"].tolist() == expected(english, TEXTS)
        assert found.index.tolist() == [4, 4, 2, 1]
        assert list(frame.columns) == ["id", "text"]
    assert BatchTagger("en", add=[])(frame["text"]).tolist() == expected(english, TEXTS)
    assert list(BatchTagger("en")(frame["text"]).columns) == ["tokens", "tags"]
    tokens = pd.DataFrame({"w": TOKENS})
    assert BatchTagger("en", column="w")(tokens)["tags"].tolist() == tags_of(english, TOKENS)
    assert len(BatchTagger("en")(frame.iloc[:0])) == 0


def test_without_pyarrow() -> None:
    program = """
import sys
sys.modules["pyarrow"] = sys.modules["torch"] = None  # as if they were not installed
from postagger import PostaggerError
from postagger.serving import BatchTagger
tagger = BatchTagger(add=["offsets"])
print(tagger({"text": ["It rains"]}))
try:
    tagger.schema({})
except PostaggerError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "{'text': ['It rains'], 'tags': [['PRP', 'VBZ']], 'offsets': [[{'start': 0, 'end': 2}, "
        "{'start': 3, 'end': 8}]]}",
        "a schema needs pyarrow: pip install 'postagkit[parquet]'",
    ]


# -- the model ----------------------------------------------------------------------------------------


def test_it_is_small_and_loads_its_model_when_it_is_first_called(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []
    load = Tagger.load

    def counted(*arguments: Any, **options: Any) -> Tagger:
        loaded.append(arguments)
        return load(*arguments, **options)

    monkeypatch.setattr(Tagger, "load", counted)
    monkeypatch.chdir(model.parent)
    tagger = BatchTagger(model.name)
    monkeypatch.chdir("/")
    copies = [pickle.loads(pickle.dumps(tagger)) for _ in range(3)]
    assert not loaded
    results = [each({"text": TEXTS}) for each in (tagger, *copies)]
    assert len(loaded) == 1
    assert all(result == results[0] for result in results)
    assert len(pickle.dumps(tagger)) < 1000  # still, now that it has loaded the model
    os.utime(model, ns=(0, 0))  # another file
    BatchTagger(model)({"text": TEXTS})
    assert len(loaded) == 2


def test_taggers_and_ensembles(model: Path, tmp_path: Path) -> None:
    tagger = Tagger.load(model)
    for name in ("a", "b"):
        shutil.copy(model, tmp_path / f"{name}.safetensors")
    results = [
        BatchTagger(each, add=EXTRAS)({"text": TEXTS})
        for each in (model, str(model), tagger, pickle.loads(pickle.dumps(tagger)))
    ]
    assert all(result == results[0] for result in results)
    for ensemble in (tmp_path, Ensemble([tagger, tagger])):
        assert BatchTagger(ensemble)({"text": TEXTS})["tags"] == results[0]["tags"]


def test_lexicon_and_rules() -> None:
    given = {"text": ["Dogs bark."]}
    assert BatchTagger("en", lexicon={"bark": ["NN"]})(given)["tags"][0][1] == "NN"
    assert BatchTagger("en", tokens=str.split, sentences="line")(given)["tokens"] == [
        given["text"][0].split()
    ]


def test_a_strange_script_is_said_once() -> None:
    with pytest.warns(UserWarning, match="another script") as warned:
        BatchTagger("en")(pa.table({"text": ["Это собака.", "Это кошка."]}))
    assert len(warned) == 1


# -- mistakes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (
            pa.table({"txt": ["a"]}),
            "there is no column 'text'; did you mean 'txt'?; the columns are",
        ),
        ({"id": [1]}, "there is no column 'text'; the columns are 'id'"),
        ({}, "there is no column 'text': there are no columns at all"),
        (pa.table([["a"], ["b"]], names=["text", "text"]), "several columns have the name 'text'"),
        (pa.table({"text": [1]}), "the column 'text' has the type int64: expected texts"),
        (pa.table({"text": [[1]]}), "the column 'text' has the type list<"),
        ({"text": [1]}, "the column 'text' has 1: expected texts"),
        ({"text": [None, "a", 3]}, "row 3 of the column 'text' has 3: expected texts"),
        ({"text": [["a"], "b"]}, "row 2 of the column 'text' has 'b': expected texts"),
        ({"text": [["a"], ["b", 3]]}, "row 2 of the column 'text' has the token 3: every token must be"),
        ({"text": "a"}, "the column 'text' is 'a': expected a list or an array"),
        (["a"], "expected an Arrow table, a data frame of pandas or polars, or a mapping"),
        ("a", "expected an Arrow table"),
    ],
)
def test_what_is_no_batch_is_one_line(batch: Any, message: str) -> None:
    with pytest.raises(DataError) as caught:
        BatchTagger("en")(batch)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"column": ""}, "column='': expected the name of a column"),
        ({"output": 3}, "output=3: expected the name of a column"),
        ({"output": {}}, "output={}: name at least one head"),
        ({"output": {"xpos": "a"}, "head": "xpos"}, "output={head: column} names heads, and so does head="),
        ({"head": []}, "head=[]: name at least one head"),
        ({"add": "tokens"}, "add='tokens': expected a list"),
        ({"add": ["token"]}, "add: there is no 'token'; did you mean 'tokens'?"),
        ({"add": {"tokens": "tags"}}, "two of the columns to add have the name 'tags'"),
        ({"tokens": "none"}, "tokens='none': expected"),
        ({"top": 0}, "top=0: expected a number of tags"),
        ({"model": 3}, "a model is a file"),
    ],
)
def test_wrong_options_are_one_line(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BatchTagger(**options)
    assert str(caught.value).startswith(message)


def test_what_only_the_model_can_tell(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown head 'other'"):
        BatchTagger(model, head="other")({"text": ["a"]})
    with pytest.raises(ModelFileError, match="cannot read"):
        BatchTagger(tmp_path / "missing.safetensors")({"text": ["a"]})
    with pytest.raises(ConfigError, match=r"the column 'w' has tokens, not texts: there are no offsets"):
        BatchTagger(model, column="w", add=["offsets"])({"w": [["a"]]})
    with pytest.raises(ConfigError, match="a lexicon is for the tags of one head"):
        BatchTagger("en", head="all", lexicon={"a": ["DT"]})({"text": ["a"]})
