"""Corpus files as people have them: headers, blanks, comments, columns, markup; each kind as a table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postagger.config import Config
from postagger.corpora import Corpus, load_documents, load_files
from postagger.corpora.columns import conllu_column
from postagger.errors import DataError
from postagger.tagger import Tagger
from postagger.text import load_text

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file in the working directory and returns its name, ``corpus`` by default."""
    monkeypatch.chdir(tmp_path)

    def make(content: str, name: str = "corpus") -> str:
        Path(name).write_bytes(content.encode())
        return name

    return make


def shown(corpus: Corpus) -> str:
    """The training sentences as ``word/TAG`` tokens; sentences are divided by ``|``."""
    return " | ".join(" ".join(map("/".join, sentence)) for sentence in corpus.train)


def complaint(path: str, **settings: Any) -> str:
    with pytest.raises(DataError) as caught:
        load_files(path, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def conllu(*words: str, tag: str = "NN") -> str:
    """CoNLL-U lines."""
    return "".join(
        f"{number}\t{word}\tx\tNOUN\t{tag}\tN=s\t0\troot\t_\t_\n" for number, word in enumerate(words, 1)
    )


# -- white space around words and tags ----------------------------------------------------------------


@pytest.mark.parametrize("space", [" ", "  ", "\u00a0", "\u3000", "\u2009", "\u0085", "\x0c", "\u2028"])
def test_white_space_around_words_and_tags_does_not_belong_to_them(space: str, write: Write) -> None:
    for text in (
        f"The{space}\tDT{space}\n{space}cat\t{space}NN\nThe\tDT\n{space}\ncat\tNN\n",
        f"{space}The/DT{space} cat{space}/{space}NN The/DT{space}\ncat/NN\n" if space.strip(" ") else "",
        conllu(f"The{space}", tag=f"DT{space}")
        + conllu(f"{space}cat", tag=f"{space}NN")
        + conllu("The", tag="DT")
        + f"{space}\n"
        + conllu("cat"),
    ):
        if text:
            assert shown(load_files(write(text))) == "The/DT cat/NN The/DT | cat/NN"


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u2009"])
def test_white_space_inside_a_word_or_tag_stays(space: str, write: Write) -> None:
    text = f"H\u00e0{space}N\u1ed9i\tN{space}P\n"
    expected = [[(f"H\u00e0{space}N\u1ed9i", f"N{space}P")]]
    assert load_files(write(text)).train == expected
    assert load_files(write(conllu(f"H\u00e0{space}N\u1ed9i", tag=f"N{space}P"))).train == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\tDT\n\u00a0\tNN\n", 2),
        ("a\tDT\nb\t\u00a0\n", 2),
        (conllu("a", "\u00a0"), 2),
        (conllu("a", ""), 2),
        ("a/DT\n\u00a0/NN\n", 2),
        ("a/DT \u00a0/\u00a0\n", 1),
        ("a DT B-NP\nb \u00a0 B-NP\n", 2),
    ],
)
def test_a_blank_word_or_tag_is_an_error(text: str, line: int, write: Write) -> None:
    assert complaint(write(text)).startswith(f"corpus:{line}: ")


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", "\u2028"])
def test_other_white_space_between_tokens_is_an_error(space: str, write: Write) -> None:
    message = complaint(write(f"a/DT\nThe/DT{space}cat/NN\n"))
    assert message.startswith("corpus:2: ")
    assert message.endswith("replace it by blanks between the tokens")


# -- header rows --------------------------------------------------------------------------------------

BODY = [("The", "DT"), ("cat", "NN")]


@pytest.mark.parametrize(
    "header",
    [
        "word tag",
        "Word Tag",
        "token pos",
        "TOKENS POS",
        "form upos",
        "FORM XPOS",
        "word pos_tag",
        "#word tag",
    ],
)
@pytest.mark.parametrize("separator", ["\t", " ", "/"])
def test_a_header_row_is_left_out_with_a_note(header: str, separator: str, write: Write) -> None:
    line = header.replace(" ", separator)
    rows = (" " if separator == "/" else "\n").join(map(separator.join, BODY))
    corpus = load_files(write(f"{line}\n{rows}\n"))
    assert corpus.train == [BODY]
    assert corpus.notes == (f"corpus:1: left out {line!r}, which names the columns",)
    assert load_documents("./corpus")[0][0].notes == (f"./corpus:1: {corpus.notes[0].partition(': ')[2]}",)


@pytest.mark.parametrize("name", ["a.conllu", "a.txt"])
@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_header_row_of_conllu(name: str, blank: str, write: Write) -> None:
    header = "ID\tFORM\tLEMMA\tUPOS\tXPOS\tFEATS\tHEAD\tDEPREL\tDEPS\tMISC\n"
    corpus = load_files(write(header + blank + conllu("cat"), name))
    assert shown(corpus) == "cat/NN"
    assert corpus.notes[0].startswith(f"{name}:1: left out 'ID")
    assert shown(load_files(write(f"# {header}{conllu('cat')}", name))) == "cat/NN"


def test_a_header_row_may_have_blanks_and_come_again(write: Write) -> None:
    part = "Token\tPart of speech\nThe\tDT\n\n"
    corpus = load_files(write(part + part))
    assert shown(corpus) == "The/DT | The/DT"
    assert [note.partition(": ")[0] for note in corpus.notes] == ["corpus:1", "corpus:4"]


def test_a_header_row_may_name_the_tag_first(write: Write) -> None:
    assert shown(load_files(write("tag\tword\nDT\tThe\n"))) == "The/DT"


@pytest.mark.parametrize(
    "text",
    [
        "1\tform\tlemma\tNOUN\tNN\tupos\t_\t_\t_\t_\n",
        "word\tNN\n",
        "Word/NN tag/NN\n",
        "tag\tNN\n",
        "the\tpos\n",
        "pos/tag\n",
    ],
)
def test_a_first_sentence_is_no_header(text: str, write: Write) -> None:
    corpus = load_files(write(text))
    assert len(corpus.train) == 1
    assert corpus.notes == ()


# -- layouts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\n\tThe/at jury/nn ./.\n\n\n\tIt/pps\n", "The/at jury/nn ./. | It/pps"),
        ("The/DT\tcat/NN\na/DT\tdog/NN\n", "The/DT cat/NN | a/DT dog/NN"),
        ("The/DT\tcat/NN sat/VBD\n\n a/DT\n", "The/DT cat/NN sat/VBD | a/DT"),
        ("1/2 CD B-NP O\ncups NNS I-NP O\n\nof IN B-PP O\n", "1/2/CD cups/NNS | of/IN"),
        ("1/2\tCD\tB-NP\ncups\tNNS\tI-NP\n", "1/2/CD cups/NNS"),
        ("EU  NNP   I-NP\nrejects VBZ I-VP  \n", "EU/NNP rejects/VBZ"),
        ("The DT\ncat NN\n\nA DT\n", "The/DT cat/NN | A/DT"),
        ("1\tThe\tDT\n2\tcat\tNN\n\n1\tA\tDT\n", "The/DT cat/NN | A/DT"),
        ("The\tDT\t\ncat\tNN\t\n", "The/DT cat/NN"),
        ("The\tDT\ncat\tNN\t\t\n", "The/DT cat/NN"),
        ("and/or\tCC\n1/2\tA/B\nx\tC D\n", "and/or/CC 1/2/A/B x/C D"),
        ("-DOCSTART-\tO\n\nThe\tDT\n", "The/DT"),
        ("Peter NNP B-PER\n", "Peter/NNP"),
        ("#sent_id=1\t\nThe\tDT\n", "The/DT"),
    ],
)
def test_layouts(text: str, expected: str, write: Write) -> None:
    assert shown(load_files(write(text))) == expected
    assert shown(load_files(write(text.replace("\n", "\r\n")))) == expected


@pytest.mark.parametrize("start", ["-DOCSTART- -X- -X- O", "-DOCSTART- -X- O O", "-DOCSTART-"])
def test_conll2003_has_documents(start: str, write: Write) -> None:
    text = f"{start}\n\nEU NNP I-NP I-ORG\n\n{start}\n\nPeter NNP I-NP I-PER\nsat VBD I-VP O\n"
    corpus = load_files(write(text))
    assert shown(corpus) == "EU/NNP | Peter/NNP sat/VBD"
    assert [document.name for document in corpus.documents] == ["corpus:1", "corpus:5"]
    note = "corpus: the tags are those of column 2 of 4 (NNP, VBD); corpus.column chooses another"
    assert corpus.notes == (note,)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("The\tDT\ncat NN\n", "corpus:2: expected word<TAB>tag, got 'cat NN'"),
        ("The\tDT\n" * 200 + "cat\tNN\tx\n", "corpus:201: expected word<TAB>tag, got 'cat\\tNN\\tx'"),
        ("The/DT a/DT\n" * 200 + "\ncat\tNN\n", "corpus:202: expected word/TAG, got 'cat'"),
        ("The cat/NN\nA/DT dog/NN\n", "corpus:1: expected word/TAG, got 'The'"),
        (
            "a b B-NP\n" * 120 + "a b\n",
            "corpus:121: expected 3 columns separated by blanks, as in other lines",
        ),
        (
            conllu("a") + "2\tb\n",
            "corpus:2: a CoNLL-U line has 10 columns separated by tabs, but this one has",
        ),
        ("The/DT\tcat\na/DT\tdog/NN\n", "corpus:1: expected word/TAG, got 'cat'"),
        ("The DT B-NP\ncat NN\n", "corpus:2: expected 3 columns separated by blanks"),
        ("The\ncat\n\ndog\n", "corpus:1: this line is not CoNLL-U"),
        ("#\n# only = comments\n", "corpus contains no tagged sentence"),
        ("-DOCSTART- -X- O O\n\n", "corpus contains no tagged sentence"),
        ("word\ttag\n", "corpus contains no tagged sentence"),
        (
            "The dog barks .\nA cat .\n",
            "corpus:1: this line is not CoNLL-U, word<TAB>tag, word tag or word/TAG",
        ),
        (
            "Good morning\nGood evening\n",
            "corpus:1: this line is not CoNLL-U, word<TAB>tag, word tag or word/TAG",
        ),
    ],
)
def test_a_file_has_one_format_and_the_first_other_line_is_named(
    text: str, message: str, write: Write
) -> None:
    assert complaint(write(text)).startswith(message)


# -- columns ------------------------------------------------------------------------------------------

COLUMNS = {
    "conllu": (conllu("cats"), "a.conllu"),
    "conllx": ("1\tcats\tx\tNOUN\tNN\tN=s\t0\troot\n", "a.conll"),
    "plus": ("# global.columns = ID FORM LEMMA UPOS XPOS FEATS\n1\tcats\tx\tNOUN\tNN\tN=s\n", "a.conllup"),
    "plus without numbers": ("# global.columns = FORM LEMMA UPOS XPOS FEATS\ncats\tx\tNOUN\tNN\tN=s\n", "a"),
    "header": ("form\tlemma\tupos\txpos\tfeats\ncats\tx\tNOUN\tNN\tN=s\n", "a.tsv"),
    "blanks": ("Form Lemma UPOS XPOS Feats\ncats x NOUN NN N=s\n", "a.txt"),
}


@pytest.mark.parametrize("layout", COLUMNS)
@pytest.mark.parametrize(
    ("column", "tag"),
    [("upos", "NOUN"), ("xpos", "NN"), ("XPOS", "NN"), ("feats", "N=s"), ("lemma", "x"), ("Lemma", "x")],
)
def test_a_column_by_its_name(layout: str, column: str, tag: str, write: Write) -> None:
    text, name = COLUMNS[layout]
    assert load_files(write(text, name), column=column).train == [[("cats", tag)]]


@pytest.mark.parametrize(
    ("text", "column", "tag"),
    [
        (conllu("cats"), 4, "NOUN"),
        (conllu("cats"), "4", "NOUN"),
        ("cats NNS I-NP\nsat VBD I-VP\n", 3, "I-NP"),
        ("cats\tNNS\tcat\n", "2", "NNS"),
        ("cats\tNNS\n", "2", "NNS"),
        ("1\tcats\tx\tNOUN\tNN\t_\t0\troot\t_\t_\n", "cpostag", "NOUN"),
        ("1\tcats\tx\tNOUN\tNN\t_\t0\troot\t_\t_\n", "postag", "NN"),
        ("word\tPOS tag\tlemma\ncats\tNNS\tcat\n", "xpos", "NNS"),
        ("word\tPOS tag\tlemma\ncats\tNNS\tcat\n", "POS tag", "NNS"),
        ("cats\tNNS\n", "feats", "NNS"),
        ("form\tpos\ncats\tNNS\n", "feats", None),
        ("cats\tNNS\n", "upos", "NNS"),
        ("form\tpos\ncats\tNNS\n", "upos", "NNS"),
    ],
)
def test_columns_by_number_and_other_names(text: str, column: Any, tag: str | None, write: Write) -> None:
    path = write(text)
    if tag is None:
        assert "there is no column 'feats'" in complaint(path, column=column)
    else:
        assert load_files(path, column=column).train[0][0] == ("cats", tag)


@pytest.mark.parametrize(
    ("text", "column", "parts"),
    [
        (conllu("cats"), "upso", ["no column 'upso' (did you mean 'upos'?)", "2 form (cats)", "5 xpos (NN)"]),
        (conllu("cats"), 11, ["there is no column '11'", "10 misc (_)"]),
        (conllu("cats"), 0, ["there is no column '0'"]),
        (conllu("cats"), "id", ["the column id contains the words or their numbers"]),
        (conllu("cats"), 2, ["the column 2 contains the words or their numbers"]),
        ("cats\tNNS\n", 3, ["there is no column '3'", "1 (cats), 2 (NNS)"]),
        ("cats\tNNS\n", 1, ["the column 1 contains the words"]),
        ("cats\tNNS\tcat\nsat\tVBD\tsit\n", "xpos", ["not clear", "1 (cats sat), 2 (NNS VBD), 3 (cat sit)"]),
        ("cats NNS cat\nsat VBD sit\n", "xpos", ["not clear", "corpus.column", "2 (NNS VBD)"]),
        ("cats\tNNS\tcat\n", "lemma", ["there is no column 'lemma'", "3 (cat)"]),
        ("word pos lemma\ncats NNS cat\n", "lema", ["did you mean 'lemma'?", "3 lemma (cat)"]),
        ("word\tpos\ttag\ncats\tN\tNNS\n", "xpos", ["2 pos (N), 3 tag (NNS)"]),
        ("# global.columns = ID FORM UPOS\n1\tcats\tNOUN\n", "xpos", ["no column 'xpos'", "3 UPOS (NOUN)"]),
    ],
)
def test_a_wrong_or_missing_choice_lists_the_columns(
    text: str, column: Any, parts: list[str], write: Write
) -> None:
    message = complaint(write(text), column=column)
    assert message.startswith("corpus:")
    for part in parts:
        assert part in message


def test_a_column_without_any_tag(write: Write) -> None:
    message = complaint(write(conllu("cats")), column="misc")
    assert message.startswith("corpus:1: no tag in the column misc, on this or any other line")
    assert "3 (x), 4 (NOUN), 5 (NN), 6 (N=s)" in message


@pytest.mark.parametrize(("column", "place"), [("lemma", 2), ("upos", 3), ("XPOS", 4), ("5", 4), ("misc", 9)])
def test_columns_of_conllu_to_write_in(column: str, place: int) -> None:
    assert conllu_column(column) == place


@pytest.mark.parametrize("column", ["id", "form", "1", "2", "11", "pos tag!", "tagset"])
def test_columns_that_cannot_be_written_in(column: str) -> None:
    if column == "pos tag!":
        assert conllu_column(column) == 4
        return
    with pytest.raises(DataError, match="choose one of lemma, upos, xpos, feats, "):
        conllu_column(column)


# -- comments -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("comment", ["#sent_id=1", "#", "# text = The cat", "#text", "##", "# newpar"])
def test_comments_with_and_without_a_blank(comment: str, write: Write) -> None:
    for text in (
        f"{comment}\n{conllu('a')}{comment}\n{conllu('#', tag='#')}\n{comment}\n{conllu('b')}",
        f"{comment}\na\tNN\n{comment}\n#\t#\n\n{comment}\nb\tNN\n",
        f"{comment}\na NN I-NP\n{comment}\n# # I-NP\n\n{comment}\nb NN I-NP\n",
        f"{comment}\n1\ta\tx\tNN\n{comment}\n2\t#\tx\t#\n\n{comment}\n1\tb\tx\tNN\n",
    ):
        settings: dict[str, Any] = {"column": 4} if "\tx\tNN\n" in text else {}
        assert shown(load_files(write(text), **settings)) == "a/NN #/# | b/NN"


def test_a_row_of_ten_columns_is_a_token_even_if_it_begins_with_a_number_sign(write: Write) -> None:
    text = conllu("a") + "#\t#\tx\tSYM\t#\t_\t0\tdep\t_\t_\n"
    assert shown(load_files(write(text, "a.conllu"))) == "a/NN #/#"


@pytest.mark.parametrize("name", ["a.conllu", "a.txt"])
def test_a_file_may_begin_with_hundreds_of_comments(name: str, write: Write) -> None:
    assert shown(load_files(write("# licence\n" * 300 + conllu("a", "b"), name))) == "a/NN b/NN"
    assert shown(load_files(write("# licence\n" * 300 + "a\tNN\n"))) == "a/NN"


def test_hashtags_are_tokens(write: Write) -> None:
    assert shown(load_files(write("#cats\tNN\n#\t#\n#a=b\tX\n"))) == "#cats/NN #/# #a=b/X"
    assert shown(load_files(write("#/# 1/CD\n#cats/NN\n"))) == "#/# 1/CD | #cats/NN"


# -- other formats ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "kind"),
    [
        ("<s>The</s>\n<s>cat</s>\n", 1, "markup"),
        ("<s>\nThe\tDT\ncat\tNN\n</s>\n", 1, "markup"),
        ("The\tDT\n</s>\ncat\tNN\n", 2, "markup"),
        ("<s> The/DT cat/NN </s>\n", 1, "markup"),
        ("The/DT cat/NN\nA/DT dog/NN <br/>\n", 2, "markup"),
        ("The/DT <b>cat</b>/NN\n", 1, "markup"),
        ("<html>\n<body>\n<p>The/DT cat/NN</p>\n", 1, "markup"),
        ('<?xml version="1.0"?>\n<w pos="DT">The</w>\n', 1, "markup"),
        ('<corpus>\n\t<w pos="DT">The</w>\n\t<w pos="NN">cat</w>\n</corpus>\n', 1, "markup"),
        ("<!DOCTYPE html>\n", 1, "markup"),
        ('The/DT cat/NN\n{"tokens": ["The"]}\nNo/UH\n', 2, "JSON"),
        ('"The","DT"\n', 1, "comma-separated values"),
        ("The_DT cat_NN\n", 1, "word_TAG tokens"),
        ("The/DT cat/NN a/DT dog/NN\nNo/UH\n(S (NP (DT The)))\n", 3, "bracketed trees"),
        ("[ The/DT cat/NN ]\n[ a/DT dog/NN ]\n./.\n", 1, "the Penn Treebank's chunks"),
    ],
)
def test_other_formats_are_named(text: str, line: int, kind: str, write: Write) -> None:
    message = complaint(write(text))
    assert message.startswith(f"corpus:{line}: ")
    assert f"looks like {kind}: " in message


@pytest.mark.parametrize("piece", ["a,", "a_b ", "a_", "<a ", "(a ", "{", "http://", "a.b", "#a = "])
def test_odd_lines_are_judged_at_once(piece: str, write: Write) -> None:
    with pytest.raises(DataError):
        load_files(write(piece * 20_000 + " x\n"))


@pytest.mark.parametrize(
    "text",
    [
        "<unk>\tNN\n</s>\tX\n",
        "<unk>/NN </SYM >/SYM\n",
        "</SYM a/NN >/SYM\n",
        "<a/NN >/X\n",
        "<\tSYM\n>\tSYM\n",
    ],
)
def test_words_in_angle_brackets_are_words(text: str, write: Write) -> None:
    assert len(load_files(write(text)).train) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("http://a.b/c\nhttp://d.e/f\n", 1),
        ("https://a.b/C\n", 1),
        ("www.a.b/index.html\n", 1),
        ("/usr/lib/x\n~/y\n", 1),
        ("see/VB that/DT\nsee/VB ftp://a.b/page\n", 2),
        ("see/VB ./a/file\n", 1),
        ("a.com/page1\nb.org/page2\n", 1),
        ("//cdn.a/page\n", 1),
        ("see/VB C:/autoexec.bat\n", 1),
    ],
)
def test_the_end_of_an_address_is_no_tag(text: str, line: int, write: Write) -> None:
    message = complaint(write(text))
    assert message.startswith(f"corpus:{line}: ")
    assert "looks like an address without a tag: write " in message


@pytest.mark.parametrize(
    "text", ["see/VB http://a.b/c/NN cat/NN\n", "see/vb ./. x/. /usr/bin/vb\n", "see/VB www.a.b/ADD\n"]
)
def test_addresses_may_be_tagged(text: str, write: Write) -> None:
    assert len(load_files(write(text)).train) == 1


@pytest.mark.parametrize("text", ["1/2 1/4\n3/4\n", "01/02/2024\n31/12/1999\n"])
def test_fractions_and_dates_are_no_tagged_words(text: str, write: Write) -> None:
    assert complaint(write(text)).startswith("corpus: all words and tags are numbers")


def test_a_column_of_words_alone_has_no_tags(write: Write) -> None:
    assert complaint(write("The\ncat\n"), reader="tabs") == "corpus:1: expected word<TAB>tag, got 'The'"


def test_words_instead_of_tags_are_refused(write: Write) -> None:
    text = "".join(f"w{number}/v{number}\n" for number in range(200))
    assert complaint(write(text)).startswith("corpus: 200 different tags for 200 tokens, such as v0, v1, v2")
    assert len(load_files(write(text.replace("/", "\t"))).train) == 1
    many = "".join(f"w{number}/v{number % 1500}\n" for number in range(6000))
    assert complaint(write(many)).startswith("corpus: 1,500 different tags for 6,000 tokens, such as v0")
    assert len(load_files(write(many * 2)).train) == 12000


# -- there and back -----------------------------------------------------------------------------------


def test_tags_with_blanks_and_slashes_survive(
    tmp_path: Path, write: Write, tiny_config: Callable[..., Config]
) -> None:
    tags = {"The": "C D", "cat": "A/B", "sat": "x / y"}
    text = "".join(f"{word}\t{tag}\n" for word, tag in tags.items()) + "\n"
    train = load_files(write(text * 20)).train
    tagger = Tagger.train(train, tiny_config("logistic", training={"epochs": 30, "learning_rate": 0.1}))
    tagger.save(tmp_path / "model")
    loaded = Tagger.load(tmp_path / "model", device="cpu")
    assert set(loaded.tagset) == set(tags.values())
    again = "".join(f"{word}\t{tag}\n" for word, tag in loaded.tag(list(tags)))
    rows = [conllu(word, tag=tag)[1:] for word, tag in tags.items()]
    numbered = "".join(f"{number}{row}" for number, row in enumerate(rows, 1))
    for content in (text, again, numbered):
        assert loaded.evaluate_on(load_files(test=write(content))).tokens.correct == 3


# -- text ---------------------------------------------------------------------------------------------


def test_the_words_of_a_tagged_pipe(feed: Callable[[bytes], str]) -> None:
    assert load_text(feed(b"The/DT dog/NN\nbarks/VBZ\n")) == [["The", "dog"], ["barks"]]
    assert load_text(feed(b"word\ttag\nThe\tDT\n\ndog\tNN\n")) == [["The"], ["dog"]]
    assert load_text(feed(b"A dog barks .\n")) == [["A", "dog", "barks", "."]]
