"""Tables without empty lines, comma-separated values, JSON lines and trees: their sentences and tags."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from postagger.corpora import Document, load_documents
from postagger.errors import DataError

Write = Callable[[str], str]

ROWS = [("1", "The", "DT"), ("1", "cat", "NN"), ("2", "It", "PRP"), ("2", ",", ","), ("3", "No", "UH")]
SENTENCES = "The/DT cat/NN | It/PRP ,/, | No/UH"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file ``corpus`` in the working directory and returns its path."""
    monkeypatch.chdir(tmp_path)

    def make(content: str) -> str:
        Path("corpus").write_text(content, encoding="utf-8")
        return "./corpus"

    return make


def documents(path: str, **settings: Any) -> list[Document]:
    return load_documents(path, **settings)[0]


def shown(path: str, **settings: Any) -> str:
    """The sentences as ``word/TAG`` tokens; ``|`` divides sentences, ``||`` documents."""
    return " || ".join(
        " | ".join(" ".join(map("/".join, sentence)) for sentence in document.sentences)
        for document in documents(path, **settings)
    )


def complaint(path: str, **settings: Any) -> str:
    with pytest.raises(DataError) as caught:
        load_documents(path, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def table(rows: Sequence[tuple[str, ...]], header: str = "", divider: str = "\t") -> str:
    quoted = [[f'"{each}"' if divider in each else each for each in row] for row in rows]
    lines = [header.replace(" | ", divider), *map(divider.join, quoted)]
    return "".join(f"{line}\n" for line in lines if line)


# -- where a sentence begins ---------------------------------------------------------------------------


@pytest.mark.parametrize("divider", ["\t", ",", ";"])
@pytest.mark.parametrize(
    "header",
    ["sentence_id | token | pos", "Sentence # | Word | POS", "sent_id | form | xpos", "SID | word | tag"],
)
def test_a_column_numbers_the_sentences(header: str, divider: str, write: Write) -> None:
    assert shown(write(table(ROWS, header, divider))) == SENTENCES
    only_first = [
        (number if number != ROWS[i - 1][0] else "", *rest) for i, (number, *rest) in enumerate(ROWS)
    ]
    assert shown(write(table(only_first, header, divider))) == SENTENCES
    named = [(f"Sentence: {number}", *rest) for number, *rest in ROWS]
    assert shown(write(table(named, header, divider))) == SENTENCES


@pytest.mark.parametrize("first", [0, 1, 17])
@pytest.mark.parametrize("header", ["", "id | word | tag", "group | word | tag"])
def test_numbers_that_repeat_are_those_of_sentences(header: str, first: int, write: Write) -> None:
    rows = [(str(int(number) - 1 + first), *rest) for number, *rest in ROWS]
    path = write(table(rows, header))
    assert shown(path) == SENTENCES
    assert "a sentence begins where the column" in documents(path)[0].notes[-1 if not header else 0]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("header", ["", "id | word | tag"])
def test_numbers_of_words_that_begin_again(header: str, first: int, write: Write) -> None:
    numbers = [0, 1, 0, 1, 0]
    rows = [(str(first + number), *rest) for number, (_, *rest) in zip(numbers, ROWS, strict=True)]
    path = write(table(rows, header))
    assert shown(path) == SENTENCES
    notes = documents(path)[0].notes
    assert sum("begins where the numbers of the words begin again" in note for note in notes) == 1


def test_numbers_divide_nothing_where_empty_lines_do(write: Write) -> None:
    assert (
        shown(write("1\tYes\tUH\n\n1\tNo\tUH\n\n1\tIt\tPRP\n2\trains\tVBZ\n"))
        == "Yes/UH | No/UH | It/PRP rains/VBZ"
    )
    assert (
        shown(write("word,tag,line\nNo,UH,1\nso,RB,1\nit,PRP,2\n\nNo,UH,3\n")) == "No/UH so/RB it/PRP | No/UH"
    )


@pytest.mark.parametrize("numbers", ["1999 1999 1999", "3 5 5", "0 1 2", "1 1 x", "2 1 1"])
def test_other_numbers_divide_nothing(numbers: str, write: Write) -> None:
    rows = [("a", "X", each) for each in numbers.split()]
    assert shown(write(table(rows, "word | tag | number"))) == "a/X a/X a/X"


def test_sentences_of_one_word_have_numbers_that_begin_again(write: Write) -> None:
    rows = [("1", "Stop", "VB"), ("1", "It", "PRP"), ("2", "rains", "VBZ"), ("1", "No", "UH")]
    expected = "Stop/VB | It/PRP rains/VBZ | No/UH"
    assert shown(write(table(rows))) == expected
    lines = [f"{number}\t{word}\t_\t_\t{tag}" + "\t_" * 5 + "\n" for number, word, tag in rows]
    assert shown(write("".join(lines))) == expected
    with_comments = [f"# sent_id = {line[0]}\n{line}" if line[0] == "1" else line for line in lines]
    assert shown(write("".join(with_comments))) == expected


@pytest.mark.parametrize("missing", ["nan", "NaN", "None", "NULL", "NA"])
def test_a_missing_number_of_a_sentence_is_that_before(missing: str, write: Write) -> None:
    rows = [("1.0", "The", "DT"), (missing, "cat", "NN"), ("2.0", "No", "UH")]
    assert shown(write(table(rows, "Sentence # | Word | POS", ","))) == "The/DT cat/NN | No/UH"


def test_a_row_of_names_ends_a_sentence(write: Write) -> None:
    part = "sentence,word,tag\n1,No,UH\n"
    assert shown(write(part + part)) == "No/UH | No/UH"


@pytest.mark.parametrize(
    ("header", "row", "column", "expected"),
    [
        ("numéro | mot | étiquette", "1 | Le | DET", "xpos", "Le/DET"),
        ("n | vorto | klaso", "1 | La | DET", "klaso", "La/DET"),
        ("n | vorto | klaso", "1 | La | DET", "3", "La/DET"),
        ("Satz-ID | Wortform | Lemma | Wortart", "1 | Die | der | ART", "xpos", "Die/ART"),
        ("palabra | etiqueta", "La | DET", "xpos", "La/DET"),
        ("単語 | 品詞", "猫 | N", "xpos", "猫/N"),
        ("text | word | tag", "The cat | The | DT", "xpos", "The/DT"),
        ("sentence_id | token | word | tag", "1 | 0 | The | DT", "xpos", "The/DT"),
        ("", "1 | 7 | The | DT", "4", "The/DT"),
    ],
)
@pytest.mark.parametrize("divider", ["\t", ",", ";"])
def test_headers_and_words(
    header: str, row: str, column: str, expected: str, divider: str, write: Write
) -> None:
    def counted(step: int) -> tuple[str, ...]:
        fields = enumerate(row.split(" | "))
        return tuple(
            str(int(each) + step) if place < 2 and each.isdigit() else each for place, each in fields
        )

    path = write(table([counted(step) for step in range(3)], header, divider))
    found = documents(path, column=column)[0]
    assert {"/".join(token) for sentence in found.sentences for token in sentence} == {expected}
    assert sum(map(len, found.sentences)) == 3


def test_the_words_of_a_table_without_names_are_told(write: Write) -> None:
    path = write("s0\tThe\tDT\ns0\tcat\tNN\n")
    (note,) = documents(path, column="3")[0].notes
    assert note == "./corpus: the words are those of column 1 of 3 (s0); a header with 'word' chooses others"


def test_words_may_all_be_numbers(write: Write) -> None:
    assert shown(write("1\tCD\n2\tCD\n")) == "1/CD 2/CD"


def test_quotes_between_tabs(write: Write) -> None:
    text = 'word\ttag\n""""\t``\n"a, b"\tNN\nNo\tUH\n'.replace('"""\\"', '""""')
    assert shown(write(text)) == '"/`` a, b/NN No/UH'
    assert shown(write('"He"\t"PRP"\n"is"\t"VBZ"\n')) == "He/PRP is/VBZ"
    assert shown(write('"\t``\n"a"\tNN\n')) == '"/`` "a"/NN'


def test_sentences_and_words_may_both_have_numbers(write: Write) -> None:
    rows = [(number, str(1 + place % 2), *rest) for place, (number, *rest) in enumerate(ROWS)]
    assert shown(write(table(rows))) == SENTENCES
    assert shown(write(table(rows, "sentence | id | word | tag"))) == SENTENCES


def test_conllu_without_empty_lines(write: Write) -> None:
    lines = [
        f"{number}\t{word}\t_\t_\t{tag}\t_\t0\troot\t_\t_\n"
        for number, (_, word, tag) in zip((1, 2, 1, 2, 1), ROWS, strict=True)
    ]
    assert shown(write("".join(lines))) == SENTENCES
    with_a_range = ["1-2\tThecat\t" + "_\t" * 7 + "_\n", *lines, "1.1\tx\t" + "_\t" * 7 + "_\n"]
    assert shown(write("".join(with_a_range))) == SENTENCES


def test_numbers_that_go_on_through_the_file_divide_nothing(write: Write) -> None:
    rows = [(str(number), *rest) for number, (_, *rest) in enumerate(ROWS, 1)]
    assert shown(write(table(rows))) == SENTENCES.replace(" |", "")


def test_a_column_numbers_the_documents(write: Write) -> None:
    rows = [("a" if number == "1" else "b", number, *rest) for number, *rest in ROWS]
    path = write(table(rows, "doc_id | sentence | word | tag"))
    assert shown(path) == "The/DT cat/NN || It/PRP ,/, | No/UH"
    assert [document.name for document in documents(path)] == ["a", "b"]
    same = [(document, "1", *rest) for document, _, *rest in rows]
    assert shown(write(table(same, "doc_id | sentence | word | tag"))) == (
        "The/DT cat/NN || It/PRP ,/, No/UH"
    )


def test_the_columns_of_numbers_are_no_tags(write: Write) -> None:
    path = write(table(ROWS, "sentence | word | tag"))
    assert "the column sentence contains the words or their numbers" in complaint(path, column="sentence")


# -- comma-separated values ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The,DT\ncat,NN\n", "The/DT cat/NN"),
        ('"The","DT"\r\n"cat","NN"\r\n', "The/DT cat/NN"),
        ("word,tag\nThe,DT\n", "The/DT"),
        ("word;tag\nThe;DT\n;\nNo;UH\n", "The/DT | No/UH"),
        ('word,tag\n",",","\n"""",``\n"a ""b""",X\n', ',/, "/`` a "b"/X'),
        ("word,tag\nThe,DT\n,\n\nNo,UH\n", "The/DT | No/UH"),
        ("word,tag\nNew York,NNP\n", "New York/NNP"),
        ("word,lemma,tag\nThe,the,DT\n", "The/DT"),
        ("word;tag\n3,5;CD\n1,2;CD\n", "3,5/CD 1,2/CD"),
        ("word,tag\n#,#\n#a,X\n", "#/# #a/X"),
        ("word,tag\nand/or,CC\n1/2,CD\n", "and/or/CC 1/2/CD"),
        ("word,tag\nThe,_\ncat,NN\n", "The/_ cat/NN"),
    ],
)
def test_comma_separated_values(text: str, expected: str, write: Write) -> None:
    assert shown(write(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("word,tag\nThe,DT\ncat\n" + "a,DT\n" * 20, "corpus:3: expected 2 columns separated by commas"),
        ('word,tag\n"The,DT\n' + "a,DT\n" * 20, "corpus:2: expected 2 columns separated by commas"),
        ("word;tag\nThe;DT;x\n" + "a;DT\n" * 20, "corpus:2: expected 2 columns separated by semicolons"),
        (
            "word,tag\nThe,\n",
            "corpus:2: expected 2 columns separated by commas, as in other lines, got 'The,'; its tag is",
        ),
        ("Well, hello you\nOh, goodbye you all\n", "corpus:1: this line is not CoNLL-U"),
        ("yes,no\n", "corpus:1: this line is not CoNLL-U"),
        ("word,tag,pos\nThe,DT,DT\n", "corpus:1: there is no column 'xpos'"),
    ],
)
def test_other_lines_with_commas(text: str, message: str, write: Write) -> None:
    assert complaint(write(text)).startswith(f"./{message}")


def test_the_reader_of_commas_can_be_named(write: Write) -> None:
    assert shown(write("The,DT\n"), reader="commas") == "The/DT"


def test_a_line_with_a_whole_sentence_is_refused(write: Write) -> None:
    for text in ("text\tlabels\nThe cat sat\tD N V\nIt is so\tP V R\n", "word,tag\nIt is so,P V R\n"):
        assert "the words are whole sentences: give each word a line" in complaint(write(text))
    assert (
        shown(write("New York\tNNP\nla la\tUH\nCosta Rica\tA B\n")) == "New York/NNP la la/UH Costa Rica/A B"
    )


def test_columns_divided_by_bars(write: Write) -> None:
    assert shown(write("sentence|word|tag\n1|No|UH\n2|So|RB\n")) == "No/UH | So/RB"


def test_one_odd_line_of_a_small_table_is_named(write: Write) -> None:
    text = "sent,word,tag\n1,The,DT\n2,3,000,CD\n3,No,UH\n"
    assert complaint(write(text)).startswith("./corpus:3: expected 3 columns separated by commas")


# -- JSON lines ----------------------------------------------------------------------------------------

THE_CAT = {"tokens": ["The", "cat"], "tags": ["DT", "NN"]}


def lines(*objects: object) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in objects)


@pytest.mark.parametrize(
    ("objects", "settings", "expected"),
    [
        ([THE_CAT, {"tokens": ["No"], "tags": ["UH"]}], {}, "The/DT cat/NN | No/UH"),
        ([{"words": ["No"], "pos_tags": ["UH"], "ner_tags": ["O"]}], {}, "No/UH"),
        ([{"tokens": ["No"], "labels": ["UH"], "id": 3}], {}, "No/UH"),
        ([{"tokens": ["No"], "gold_2": ["UH"], "offsets": [[0, 2]]}], {}, "No/UH"),
        ([{"tokens": ["No"], "xpos": ["UH"], "upos": ["INTJ"]}], {}, "No/UH"),
        ([{"tokens": ["No"], "xpos": ["UH"], "upos": ["INTJ"]}], {"column": "upos"}, "No/INTJ"),
        ([{"tokens": ["No"], "chunk_tags": ["B-X"], "pos": ["UH"]}], {"column": "chunk_tags"}, "No/B-X"),
        ([{"tokens": ["No"], "tags": {"xpos": ["UH"], "upos": ["INTJ"]}}], {"column": "upos"}, "No/INTJ"),
        ([{"tokens": ["a", "b"], "tags": [None, "X"]}], {}, "a/_ b/X"),
        ([{"tokens": ["a", "b"], "tags": ["", " X "]}], {}, "a/_ b/X"),
        ([THE_CAT, {"tokens": [], "tags": []}, THE_CAT], {}, "The/DT cat/NN | The/DT cat/NN"),
        ([{"tokens": [["a"], ["b"]], "tags": [["X"], ["Y"]]}], {}, "a/X | b/Y"),
        ([THE_CAT, {"tokens": [["a"], ["b"]], "tags": [["X"], ["Y"]]}], {}, "The/DT cat/NN || a/X | b/Y"),
        ([THE_CAT | {"sentences": [[0, 1], [1, 2]]}], {}, "The/DT | cat/NN"),
        ([THE_CAT | {"sentences": [[0, 1]]}], {}, "The/DT cat/NN"),
        ([THE_CAT | {"sentences": [[0, 1], [1, "2"]]}], {}, "The/DT cat/NN"),
        ([THE_CAT | {"sentences": [[0, 3], [3, 2]]}], {}, "The/DT cat/NN"),
        ([THE_CAT | {"sentences": 2}], {}, "The/DT cat/NN"),
        ([THE_CAT | {"sentences": [[0, "a"], ["a", 2]]}], {}, "The/DT cat/NN"),
    ],
)
def test_json_lines(objects: list[object], settings: dict[str, Any], expected: str, write: Write) -> None:
    assert shown(write(lines(*objects)), **settings) == expected


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ([{"text": "No."}], "1: an object of JSON needs \"tokens\" .* this one has \\['text'\\]"),
        ([{"url": "a/b"}, {"url": "c/d"}], "1: an object of JSON needs"),
        ([THE_CAT, {"tokens": "No", "tags": ["UH"]}], "2: an object of JSON needs"),
        ([THE_CAT, {"tokens": ["No"]}], "2: expected a list 'tags', as in others"),
        ([{"tokens": ["No"]}], "1: there is no list of tags: add one"),
        ([{"tokens": ["a", "b"], "tags": ["X"]}], "1: tokens has 2 and tags has 1 elements"),
        ([{"tokens": [["a", "b"]], "tags": [["X"]]}], "1: sentence 1 has 2 words and 1 tags"),
        ([{"tokens": ["a"], "tags": [3]}], "1: tag 1 in tags is 3: write it as a string; datasets has"),
        ([{"tokens": ["a"], "tags": [["X"]]}], r"1: tag 1 in tags is \['X'\]: write it as a string"),
        ([{"tokens": ["a", ""], "tags": ["X", "Y"]}], "1: word 2 in tokens is '', not a string of text"),
        ([{"tokens": [None], "tags": ["X"]}], "1: an object of JSON needs .*; tokens has None"),
        (
            [{"tokens": [{"text": "a"}], "tags": ["X"]}],
            "1: an object of JSON needs .*; tokens has {'text': 'a'}",
        ),
        ([THE_CAT, {"tokens": [None], "tags": ["X"]}], "2: word 1 in tokens is None"),
        ([{"tokens": ["a"], "tags": [None]}], " no tag in tags, on this or any other line"),
        ([{"tokens": ["a"], "one": ["X"], "two": ["Y"]}], r"1: there is no column 'xpos'.*: one \(X\), two"),
        ([THE_CAT, 3], "2: an object of JSON needs .*; this is 3"),
    ],
)
def test_other_json_lines(objects: list[object], message: str, write: Write) -> None:
    with pytest.raises(DataError, match=f"corpus:{message}"):
        load_documents(write(lines(*objects)))


CAT = [["The", "DT"], ["cat", "NN"]]
NO = [["No", "UH"], [".", "."]]
BOTH = "The/DT cat/NN | No/UH ./."


def tokens(sentence: list[list[str]], **more: object) -> list[dict[str, object]]:
    return [
        {"id": number, "text": word, "upos": "X", "xpos": tag} | more
        for number, (word, tag) in enumerate(sentence, 1)
    ]


def fields(sentence: list[list[str]]) -> dict[str, list[str]]:
    return {"tokens": [word for word, _ in sentence], "tags": [tag for _, tag in sentence]}


RANGE = {"id": [1, 2], "text": "don't", "ner": "O"}
DO = [RANGE, {"id": 1, "text": "do", "xpos": "VB"}, {"id": 2, "text": "n't", "xpos": "RB"}]


NAMES = [{"text": "The cat", "tag": "PERSON", "word": 1}]


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([CAT, NO], BOTH),  # NLTK's sentences
        (CAT, "The/DT cat/NN"),
        ([[["a", None], ["b", "X"]]], "a/_ b/X"),
        ([[CAT, NO], [CAT]], f"{BOTH} || The/DT cat/NN"),
        ([tokens(CAT), tokens(NO)], BOTH),  # Stanza's
        ([DO], "do/VB n't/RB"),
        (DO, "do/VB n't/RB"),
        ([fields(CAT), fields(NO)], BOTH),
        (fields(CAT), "The/DT cat/NN"),
        ({"version": 1, "data": [fields(CAT), fields(NO)]}, BOTH),
        ({"sentences": [{"index": 0, "parse": "", "tokens": tokens(CAT)}]}, "The/DT cat/NN"),  # CoreNLP's
        ({"sentences": [{"tokens": tokens(CAT)}], "quotes": [{"id": 0, "text": "No"}]}, "The/DT cat/NN"),
        (
            {"sentences": [{"entitymentions": NAMES, "tokens": tokens(CAT), "names": NAMES}]},
            "The/DT cat/NN",
        ),
        ({"sentences": [{"links": [{"dep": "ROOT"}], "tokens": tokens(CAT)}]}, "The/DT cat/NN"),
        (
            [{"doc_id": "a", "sentences": [fields(CAT), fields(NO)]}, fields(CAT) | {"doc_id": "b"}],
            f"{BOTH} || The/DT cat/NN",
        ),
        (tokens(CAT) + tokens(NO), BOTH),  # numbers of words that begin again
        (tokens(CAT, sentence_id=1) + tokens(NO, sentence_id=2), BOTH),  # a data frame's rows
        (tokens(CAT, doc_id="a") + tokens(NO, doc_id="b"), "The/DT cat/NN || No/UH ./."),
        ([{"word": "a", "tag": float("nan"), "s": 1}, {"word": "b", "tag": "X", "s": 1}], "a/_ b/X"),
        ([{"word": "a", "tag": "", "s": 1}, {"word": "b", "tag": "X", "s": 1}], "a/_ b/X"),
        ([{"word": "a\tb", "tag": "X"}], "a b/X"),
    ],
)
def test_a_whole_file_of_json(value: object, expected: str, indent: int | None, write: Write) -> None:
    assert shown(write(json.dumps(value, indent=indent) + "\n")) == expected


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([CAT, NO], BOTH),
        ([CAT], "The/DT cat/NN"),
        ([tokens(CAT), tokens(NO)], BOTH),
        ([tokens(CAT) + tokens(NO)], BOTH),
        (tokens(CAT) + tokens(NO), BOTH),
        (DO, "do/VB n't/RB"),
        (tokens(CAT, s_id=1) + tokens(CAT, s_id=2), "The/DT cat/NN | The/DT cat/NN"),
        ([{"sentences": [fields(CAT), fields(NO)]}, fields(CAT)], f"{BOTH} || The/DT cat/NN"),
    ],
)
def test_json_lines_of_other_shapes(objects: list[object], expected: str, write: Write) -> None:
    assert shown(write(lines(*objects))) == expected
    assert shown(write("\n".join(json.dumps(each, indent=2) for each in objects))) == expected  # as jq writes


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([fields(CAT), 3], ", element 2: an object of JSON needs .*; this is 3"),
        ([["The", "cat", "sat"], ["No"]], r", element 1: an object of JSON needs .*; this is \['The'"),
        (["The", "cat"], ", element 1: an object of JSON needs .*; this is 'The'"),
        ({"a": {"b": []}, "c": 3}, ": an object of JSON needs .*; this one has"),
        ([*tokens(CAT), {"x": 1}], ", element 3: expected a word in an object, as in others, got"),
        (
            [{"text": "a", "size": 3, "x": 1}, {"text": "b", "size": 4, "x": 2}],
            ":1: there is no column 'xpos'",
        ),
        ([{"text": "The cat sat", "label": "good"}], ":1: the words are whole sentences: give each word"),
        ([{"text": "The cat sat", "tags": "DT NN VBD"}], ":1: the words are whole sentences: give each word"),
        ([fields(CAT), {"tokens": ["No"]}], ", element 2: expected a list 'tags', as in others"),
        ([{"word": "a", "tag": "X"}, {"word": " ", "tag": "X"}], ":2: its word is blank"),
        (
            {"version": "1", "train": [fields(CAT)], "dev": [fields(NO)]},
            ": there are sentences in train and in dev: write each to a file of its own",
        ),
        ([{"a": [CAT], "b": [NO], "c": [CAT]}], ", element 1: there are sentences in a, in b and in c: "),
    ],
)
def test_other_files_of_json(value: object, message: str, write: Write) -> None:
    with pytest.raises(DataError, match=f"corpus{message}"):
        load_documents(write(json.dumps(value, indent=1)))


@pytest.mark.parametrize(
    "text", ['[\n["a", "X"\n', '{\n"tokens": ["a"],\n"tags": ["X"],\n}\n', "[" * 99_999, '{\n"a": 1}\n{']
)
def test_broken_json_is_refused(text: str, write: Write) -> None:
    assert "corpus: this is not JSON: " in complaint(write(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1-1\tThe\tDT\n1-2\tcat\tNN\n\n2-1\tNo\tUH\n", "The/DT cat/NN | No/UH"),
        ("id\tword\ttag\n1-1\tThe\tDT\n1-2\tcat\tNN\n\n2-1\tNo\tUH\n", "The/DT cat/NN | No/UH"),
        ("1-2\tdon't\t_\n1\tdo\tVB\n2\tn't\tRB\n\n1\tNo\tUH\n", "do/VB n't/RB | No/UH"),
        ("Sentence,sent_id,word,tag\nOh no,1,Oh,UH\nOh no,1,no,UH\nOh no,2,Oh,UH\n", "Oh/UH no/UH | Oh/UH"),
    ],
)
def test_numbers_of_words_and_texts_of_sentences(text: str, expected: str, write: Write) -> None:
    assert shown(write(text)) == expected


def test_json_names_documents(write: Write) -> None:
    objects = [THE_CAT | {"doc_id": name} for name in ("a", "a", 7)]
    path = write(lines(*objects))
    assert shown(path) == "The/DT cat/NN | The/DT cat/NN || The/DT cat/NN"
    assert [document.name for document in documents(path)] == ["a", "7"]


def test_a_broken_line_of_json_is_named(write: Write) -> None:
    assert complaint(write(lines(THE_CAT, THE_CAT) + '{"tokens": [\n')).startswith(
        "./corpus:3: this is not a line of JSON: "
    )


# -- trees ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("( (S (NP (DT The) (NN cat)) (VP (VBD sat))))\n", "The/DT cat/NN sat/VBD"),
        ("(S (DT The)\n   (NN cat))\n\n(S\n (UH No)\n)\n", "The/DT cat/NN | No/UH"),
        ("(ROOT\n  (S\n    (UH No)))\n", "No/UH"),
        ("(\n(S (UH No)))\n", "No/UH"),
        (r"(S (CD 1\/2) (NN \*))" + "\n", "1/2/CD */NN"),
        ("( (S (UH No)) ) ( (S (UH Oh)) )\n", "No/UH | Oh/UH"),
        ("(S (-LRB- -LRB-) (CD 1/2) (, ,) (`` ``))\n", "-LRB-/-LRB- 1/2/CD ,/, ``/``"),
        ("(S (NP-SBJ (-NONE- *T*-1)) (VB go))\n(S (-NONE- 0))\n(S (VB go))\n", "go/VB | go/VB"),
    ],
)
def test_trees(text: str, expected: str, write: Write) -> None:
    assert shown(write(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(S (UH No))\n(S (UH No)\n", "2: the brackets of this tree are not closed"),
        ("(S (UH No)))\n", "1: expected a tree, which begins with a bracket"),
        ("(S (UH No))\nNo\n(S (UH No))\n", "2: expected a tree, which begins with a bracket, got 'No'"),
        ("(S (NP (NNP New York)))\n", r"1: expected a tag and a word, as in \(NN dog\), got 'NNP New York'"),
        ("(S (NP (UH)))\n", "1: expected a tag and a word"),
        ("(S (NP (UH No) dog))\n", "1: expected a tag and a word"),
    ],
)
def test_other_trees(text: str, message: str, write: Write) -> None:
    with pytest.raises(DataError, match=f"corpus:{message}"):
        load_documents(write(text))


@pytest.mark.parametrize("text", ["(\t-LRB-\nno\tUH\n", "(/-LRB- no/UH\n", "( -LRB- O\nno UH O\n"])
def test_words_may_be_brackets(text: str, write: Write) -> None:
    assert "(/-LRB-" in shown(write(text))


FEW = "The\tDT\ncat\tNN\nsleeps\tVBZ\n.\t.\n\nNo\tUH\n.\t.\n"


@pytest.mark.parametrize(
    "header",
    [
        "Word\tAnnotation",
        "Wortform\tPOS",
        "Wortform\tSTTS",
        "Item\tLabel",
        "Kelime\tSözcük türü",
        "Sana\tLuokka",
    ],
)
def test_a_header_of_which_one_name_is_usual(header: str, write: Write) -> None:
    path = write(f"{header}\n{FEW}")
    assert shown(path) == "The/DT cat/NN sleeps/VBZ ./. | No/UH ./."
    (document,) = documents(path)
    assert "which names the columns" in document.notes[0]


@pytest.mark.parametrize("first", ["Word\tNN", "Label\tNN", "'s\tPOS", "Form\tX|Y=1"])
def test_a_first_word_that_is_called_like_a_column(first: str, write: Write) -> None:
    text = FEW if first != "Form\tX|Y=1" else FEW.replace("DT", "X|Y=1")
    assert shown(write(f"{first}\n{text}")).startswith(first.replace("\t", "/") + " The/")


@pytest.mark.parametrize(
    ("header", "column", "words"),
    [
        ("Lemma\tWortform\tWortart", "3", "Words words"),
        ("orig\tnorm\tpos", "3", "word word"),
        ("Lemma\tWortform\tWortart", "Wortart", "Words words"),
    ],
)
def test_a_header_with_the_number_of_a_column(header: str, column: str, words: str, write: Write) -> None:
    rows = "".join(f"word\t{word}\tT{tag % 2}\n" for tag, word in enumerate(["Words", "words", "wordy"] * 3))
    (document,) = documents(write(f"{header}\n{rows}"), column=column)
    assert any("the words are those of column 1 of 3" in note for note in document.notes) == (
        words == "word word"
    )
    assert " ".join(word for word, _ in document.sentences[0][:2]) == words
