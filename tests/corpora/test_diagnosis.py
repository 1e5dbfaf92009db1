"""What is wrong with a corpus is found, and a good corpus has nothing wrong with it."""

from __future__ import annotations

import doctest
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from postagger import Corpus, DataError, load_corpus, load_files
from postagger.corpora import CorpusCheck, Finding, TaggedSentence, check_corpus
from postagger.corpora.diagnosis import as_json, as_text, check_columns, wording

Parts = dict[str, list[TaggedSentence]]
Change = Callable[[Parts], Parts]

CLEAN = load_corpus("sample")


def changed(change: Change) -> Corpus:
    """The clean corpus with a defect."""
    parts = change({"train": CLEAN.train, "dev": CLEAN.dev, "test": CLEAN.test})
    return Corpus("mine", parts["train"], parts["dev"], parts["test"])


def tokens(change: Callable[[str, str], tuple[str, str]], every: int = 1) -> Change:
    """Changes every n-th token of each sentence."""

    def apply(given: Parts) -> Parts:
        return {
            part: [
                [change(*pair) if at % every == 0 else pair for at, pair in enumerate(sentence, 1)]
                for sentence in sentences
            ]
            for part, sentences in given.items()
        }

    return apply


def first_token(word: str, tag: str) -> Change:
    return lambda given: given | {"train": [[(word, tag), *given["train"][0]], *given["train"][1:]]}


def retagged(part: str, old: str, new: str) -> Change:
    return lambda given: given | {part: tokens(lambda w, t: (w, new if t == old else t))(given)[part]}


def joined(sentences: Iterable[TaggedSentence]) -> list[TaggedSentence]:
    return [[pair for sentence in sentences for pair in sentence]]


def in_another_way(sentence: TaggedSentence) -> TaggedSentence:
    """The sentence with another tag for its sixth word."""
    return [(word, "FW" if at == 5 else tag) for at, (word, tag) in enumerate(sentence)]


def found_in(corpus: Corpus | list[TaggedSentence], kind: str) -> Finding:
    (finding,) = [each for each in check_corpus(corpus).findings if each.kind == kind]
    return finding


class Defect(NamedTuple):
    """A change of the clean corpus, and what it makes of it."""

    change: Change
    kind: str
    severity: str
    words: tuple[str, ...]


def defect(change: Change, kind: str, severity: str, *words: str) -> Defect:
    return Defect(change, kind, severity, words)


DEFECTS = [
    defect(lambda given: given | {"train": []}, "no train part", "error", "no train part"),
    defect(lambda given: given | {"dev": []}, "no dev part", "note", "no dev part", "corpus.dev"),
    defect(lambda given: given | {"test": []}, "no test part", "note", "no test part", "corpus.test"),
    defect(lambda given: given | {"dev": given["dev"][:4]}, "tiny part", "note", "dev has only 82 tokens"),
    defect(tokens(lambda w, _: (w, "_")), "no tags", "error", "train, dev and test"),
    defect(
        lambda given: given | {"test": tokens(lambda w, _: (w, "_"))(given)["test"]}, "no tags", "warning"
    ),
    defect(
        tokens(lambda w, t: (w, "_" if t == "IN" else t)),
        "untagged",
        "warning",
        "2,462 of 24,800 tokens have no tag: of (370), in (281)",
    ),
    defect(retagged("test", "NN", "NOUN"), "unseen tags", "warning", "test (11.8 %)", "NOUN (250)"),
    defect(retagged("dev", "UH", "INTJ"), "unseen tags", "note", "5 tokens of dev (0.2 %) with", "INTJ (5)"),
    defect(
        lambda given: given | {"dev": tokens(lambda w, t: (w, t[0] * 9))(given)["dev"]},
        "unseen tags",
        "error",
    ),
    defect(first_token("a", "BB"), "rare tags", "note", "1 of 46 tags", "BB (1)"),
    defect(tokens(lambda w, t: (w, t.lower()), 20), "tag variants", "warning", "NN (", " and nn ("),
    defect(tokens(lambda w, t: (w, f"{t}."), 20), "tag variants", "warning", "NN (", " and NN. ("),
    defect(tokens(lambda w, _: (w, "None"), 20), "missing values", "warning", "tagged 'None'", "the tag _"),
    defect(tokens(lambda w, _: (w, "nan"), 20), "missing values", "warning", "tagged 'nan'"),
    defect(first_token("*", "-NONE-"), "traces", "warning", "1 token"),
    defect(
        first_token("word", "tag"),
        "header rows",
        "warning",
        "'word' tagged 'tag' (train, sentence 1, token 1)",
    ),
    defect(first_token("FORM", "UPOS"), "header rows", "warning", "'FORM'"),
    defect(first_token("Token", "POS"), "header rows", "warning", "'Token'"),
    defect(tokens(lambda w, t: (t, w)), "swapped columns", "error", "such as NN, DT, IN", "word first"),
    defect(tokens(lambda w, t: (t, w), 30), "swapped tokens", "warning", "' tagged '"),
    defect(
        tokens(lambda w, _: (w, w)), "tags like words", "error", "100.0 % of the tags begin like their words"
    ),
    defect(tokens(lambda w, _: (w, w.lower()[:6])), "tags like words", "error", "look"),
    defect(tokens(lambda w, _: (w, "NA")), "one tag", "warning", "tags are NA", "choose the column of tags"),
    defect(tokens(lambda w, t: (w, f"{t}|{w[-3:]}")), "many tags", "warning", "distinct tags for"),
    defect(tokens(lambda w, t: (w, f"{t}|{w[-2:]}")), "many tags", "warning", "distinct tags for"),
    defect(first_token(" ", "NN"), "empty words", "note", "1 token has an empty word", "sentence 1, token 1"),
    defect(tokens(lambda w, t: (f"{w} ", t), 20), "blank at word", "warning", "begins or ends with a blank"),
    defect(tokens(lambda w, t: (f"\u00a0{w}", t), 20), "blank at word", "warning", r"'\xa0"),
    defect(tokens(lambda w, t: (f"{w}\u0301", t), 20), "decomposed words", "note", "NFC", "no harm"),
    defect(tokens(lambda w, t: (f"\u200b{w}", t), 20), "invisible characters", "note", r"'\u200b"),
    defect(first_token("\ufeffThe", "DT"), "invisible characters", "note", r"'\ufeffThe'"),
    defect(first_token("basic\u00adally", "RB"), "invisible characters", "note", r"'basic\xadally'"),
    defect(tokens(lambda w, t: (f"{w}\x07", t), 20), "control characters", "warning", r"\x07'"),
    defect(tokens(lambda w, t: (f"{w}\tb", t), 20), "control characters", "warning", r"\tb'"),
    defect(first_token("caf\ufffd", "NN"), "control characters", "note", "encoding"),
    defect(
        lambda given: given | {"train": joined(given["train"])},
        "missing sentence breaks",
        "warning",
        "1 sentence of more than 500 tokens; the longest has 20,545 tokens (train, sentence 1)",
    ),
    defect(
        lambda given: {"train": joined(given["train"][:9]), "dev": [], "test": []},
        "missing sentence breaks",
        "warning",
        "the whole corpus is one sentence",
    ),
    defect(
        lambda given: {
            part: [[pair] for each in sentences for pair in each] for part, sentences in given.items()
        },
        "sentences of one token",
        "warning",
        "24,800 of 24,800 sentences (100.0 %)",
    ),
    defect(lambda given: given | {"train": [[], *given["train"]]}, "empty sentences", "note", "1 sentence"),
    defect(
        lambda given: given | {"dev": [[(w[::-1] + "q", t) for w, t in each] for each in given["dev"]]},
        "unknown words",
        "warning",
        "100.0 % of the tokens of dev",
    ),
    defect(
        lambda given: given | {"test": [*given["test"], given["train"][7]]},
        "leakage",
        "note",
        "1 of 111 sentences of test (0.9 %)",
        "(test, sentence 111; in train: train, sentence 8)",
    ),
    defect(lambda given: given | {"test": [*given["test"], *given["train"][:20]]}, "leakage", "warning"),
    defect(lambda given: given | {"dev": given["train"]}, "leakage", "error", "dev (9"),
    defect(
        lambda given: given | {"train": [*given["train"], given["train"][7]]},
        "duplicates",
        "note",
        "1 of 1,066 sentences of train (0.09 %)",
        "2 times: ",
        "(train, sentence 8)",
    ),
    defect(
        lambda given: given | {"train": given["train"] * 2}, "duplicates", "warning", "of 2,130 sentences"
    ),
    defect(
        lambda given: (
            given | {"train": [*given["train"], *[given["train"][3]] * 2, in_another_way(given["train"][3])]}
        ),
        "varying tags",
        "note",
        "1 word ",
        "1 token (0.00 %)",
        " 3, FW 1 (FW: train, sentence 1068, token 6)",
    ),
]


@pytest.mark.parametrize("found", DEFECTS, ids=lambda found: f"{found.kind}-{found.severity}")
def test_a_defect_is_found(found: Defect) -> None:
    finding = found_in(changed(found.change), found.kind)
    assert finding.severity == found.severity
    shown = "\n".join([finding.text, *finding.details, finding.effect, finding.remedy])
    for words in found.words:
        assert words in shown
    assert "\n" not in str(finding)
    assert finding.effect.endswith(".")
    assert not finding.remedy.endswith(".")


@pytest.mark.parametrize("column", ["xpos", "upos"])
def test_a_clean_corpus_has_nothing_wrong(column: str) -> None:
    corpus = load_corpus("sample", column="upos" if column == "upos" else "xpos")
    assert check_corpus(corpus).of("error", "warning") == []


def test_nltk_s_treebank_has_nothing_wrong(treebank: Corpus) -> None:
    check = check_corpus(treebank)
    assert check.of("error", "warning") == []
    assert {"leakage", "duplicates", "varying tags", "rare tags"} <= {each.kind for each in check.findings}


def test_small_corpora_of_short_sentences_have_nothing_wrong(tiny_corpus: Corpus) -> None:
    assert check_corpus(tiny_corpus).of("error", "warning") == []


def test_words_that_are_tags_of_another_meaning_are_not_taken_for_swapped() -> None:
    """As in the Brown corpus, where ``at`` and ``in`` are tags as well as words."""
    sentence = [("the", "at"), ("dog", "nn"), ("in", "in"), ("a", "at"), ("box", "nn"), ("at", "in")]
    kinds = {each.kind for each in check_corpus([[*sentence, ("noon", "rare")], *[sentence] * 9]).findings}
    assert not {"swapped tokens", "swapped columns", "tag variants"} & kinds


@pytest.mark.parametrize(
    "tags",
    [("PRP", "PRP$"), ("NN", "NN-TL"), (".", ":"), ("``", "''"), ("-LRB-", "-RRB-"), ("VB", "VBD")],
)
def test_tags_that_are_different(tags: tuple[str, str]) -> None:
    sentence = [(f"w{at}", tag) for at, tag in enumerate(tags)]
    assert "tag variants" not in {each.kind for each in check_corpus([sentence]).findings}


@pytest.mark.parametrize(
    "word",
    [
        "\u0645\u06cc\u200c\u0631\u0648\u0645",  # Persian, with a joiner
        "\U0001f469\u200d\U0001f4bb",  # an emoji of two, joined
        "\u2764\ufe0f",  # a heart with a variation selector
        "caf\u00e9",
        "\u0930\u093e\u092e",  # Hindi, with a vowel sign
        "1 000",
        "1\u00a0000",
        "\u06dd\u0662",  # a sign of Arabic that encloses a number
        "NN",
        "tag",
    ],
)
def test_words_that_are_not_odd(word: str) -> None:
    """One such word in a clean corpus changes nothing."""
    train = [[(word, "NN"), *CLEAN.train[0]], *CLEAN.train[1:]]
    assert check_corpus(Corpus("mine", train, CLEAN.dev, CLEAN.test)).findings == ()


def test_fine_grained_tags_are_no_lemmas() -> None:
    """Positional tags, as in Czech or Slovene: many, and alike but for a few characters."""
    tags = [f"N{gender}{number}{case}-" for gender in "mfn" for number in "spd" for case in "ngdalis"]
    sentences = [
        [(f"w{at * 7 % 500}", tags[at % len(tags)]) for at in range(start, start + 9)] for start in range(500)
    ]
    assert not {"tags like words", "tag variants", "many tags"} & {
        finding.kind for finding in check_corpus(sentences).findings
    }


def test_control_characters_do_not_reach_the_terminal() -> None:
    sentences = [[("\x1b[2J", "\x1b[31m"), ("b ", "X"), ("c", "_")]] * 3 + [
        [("\x1b[2J", "B"), ("d", "X ")]
    ] * 2
    text = as_text(check_corpus(sentences))
    assert "\x1b" not in text
    assert r"'\x1b[31m'" in text


# -- what a check holds -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def check() -> CorpusCheck:
    train: list[TaggedSentence] = [
        [("a", "DT"), ("dog", "NN"), ("barks", "VBZ")],
        [("a", "DT"), ("cat", "NN")],
    ]
    return check_corpus(Corpus("mine", train, [[("a", "_"), ("cow", "NN")]], [], traces=3))


def test_counts(check: CorpusCheck) -> None:
    train, dev, test = (check.parts[part] for part in ("train", "dev", "test"))
    assert (train.sentences, train.tokens, train.words, train.tags, train.longest) == (2, 5, 4, 3, 3)
    assert (train.documents, train.untagged, train.unknown) == (0, 0, None)
    assert (dev.tokens, dev.untagged, dev.unknown, dev.tags) == (2, 1, 1, 1)
    assert (test.sentences, test.tokens, test.longest, test.unknown) == (0, 0, 0, 0)
    assert [(tag.tag, tag.train, tag.dev, tag.test, tag.tokens) for tag in check.tags] == [
        ("NN", 2, 1, 0, 3),
        ("DT", 2, 0, 0, 2),
        ("VBZ", 1, 0, 0, 1),
    ]
    assert check.tags[0].words == ("dog", "cat", "cow")


def test_findings_are_sorted_by_severity(check: CorpusCheck) -> None:
    order = ["error", "warning", "note"]
    severities = [finding.severity for finding in check.findings]
    assert severities == sorted(severities, key=order.index)
    assert check.of("warning", "note") == list(check.findings)
    assert len({finding.kind for finding in check.findings}) == len(check.findings)


def test_text(check: CorpusCheck) -> None:
    blocks = as_text(check).split("\n\n")
    assert blocks[0] == "mine, 3 traces dropped"
    assert "words not in train             -    50.0 %         -" in blocks[1]
    assert "NN               2         1         0  dog cat cow" in blocks[2]
    assert blocks[3].startswith(
        "warning: 1 of 7 tokens has no tag: a (1)\n  They are neither learned nor scored"
    )
    assert blocks[-1] == "1 warning and 3 notes"


def test_json(check: CorpusCheck) -> None:
    data = json.loads(json.dumps(as_json(check), allow_nan=False))
    assert (data["corpus"], data["errors"], data["warnings"], data["notes"]) == ("mine", 0, 1, 3)
    assert data["parts"]["dev"]["unknown"] == 1
    assert data["tags"][0] == {"tag": "NN", "train": 2, "dev": 1, "test": 0, "words": ["dog", "cat", "cow"]}
    assert data["findings"][0]["kind"] == "untagged"
    assert data["findings"][0].keys() == {"kind", "severity", "text", "effect", "remedy", "count", "details"}


def test_large_tag_sets_are_cut_off() -> None:
    sentences = [[(f"w{number}", f"T{number:03}")] * 2 for number in range(70)]
    assert "... and 10 rarer tags" in as_text(check_corpus(sentences))


def test_an_empty_corpus_is_checked() -> None:
    check = check_corpus([])
    assert [finding.kind for finding in check.of("error")] == ["no train part"]
    assert as_text(check).endswith("1 error and 2 notes")


def test_what_is_no_corpus_is_an_error() -> None:
    with pytest.raises(DataError, match="sentence 2, token 1"):
        check_corpus([[("a", "DT")], [("a", 1)]])  # type: ignore[list-item]


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(wording).failed == 0


# -- files --------------------------------------------------------------------------------------------


def conllu(*sentences: list[tuple[str, str, str]]) -> str:
    """CoNLL-U of ``(word, UPOS, XPOS)``."""
    return "".join(
        "".join(f"{at}\t{w}\t_\t{u}\t{x}\t_\t_\t_\t_\t_\n" for at, (w, u, x) in enumerate(sentence, 1)) + "\n"
        for sentence in sentences
    )


PARTLY = [("I", "PRON", "PRP"), ("live", "VERB", "VBP"), ("in", "ADP", "_"), ("towns", "NOUN", "NNS")]


@pytest.fixture
def write_conllu(tmp_path: Path) -> Callable[..., str]:
    def write(*sentences: list[tuple[str, str, str]], name: str = "a.conllu") -> str:
        (tmp_path / name).write_text(conllu(*sentences), encoding="utf-8")
        return str(tmp_path / name)

    return write


@pytest.mark.parametrize("how", ["whole", "as train", "as test"])
def test_the_other_column_of_conllu_is_read(how: str, write_conllu: Callable[..., str]) -> None:
    file = write_conllu(*[PARTLY] * 20)
    corpus = {
        "whole": lambda: load_corpus(file),
        "as train": lambda: load_files(file, file),
        "as test": lambda: load_files(test=file),
    }[how]()
    finding = found_in(corpus, "untagged")
    total = 40 if how == "as train" else 20
    assert finding.text == f"{total} of {4 * total} tokens have no tag in the column xpos: in ({total})"
    assert finding.remedy == "the column upos has a tag for every token, corpus.column=upos chooses it"


@pytest.mark.parametrize(
    ("upos", "remedy"),
    [
        ("_", "add their tags, or go on if they should not count"),
        ("partly", "the column upos has a tag for 1 of them, corpus.column=upos chooses it"),
    ],
)
def test_the_other_column_may_lack_tags_too(upos: str, remedy: str, write_conllu: Callable[..., str]) -> None:
    empty = [(word, "_" if word == "in" or upos == "_" else tag, xpos) for word, tag, xpos in PARTLY]
    file = write_conllu(*[empty] * 20, *([PARTLY] if upos == "partly" else []))
    finding = found_in(load_corpus(file), "untagged")
    assert "no tag in the column xpos" in finding.text
    assert finding.remedy == remedy


@pytest.mark.parametrize("line", ["in\t_\n", "in/_ it/PRP\n"])
def test_other_files_have_one_column(line: str, tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text("the\tDT\n\n" + f"{line}\n" * 5 if "\t" in line else "the/DT dog/NN\n" + line * 5)
    finding = found_in(load_files(file), "untagged")
    assert "column" not in finding.text
    assert "column" not in finding.remedy


@pytest.mark.parametrize(
    ("given", "kind"), [("xpos", "universal tags in xpos"), ("upos", "other tags in upos")]
)
def test_columns_that_were_exchanged(given: str, kind: str, write_conllu: Callable[..., str]) -> None:
    exchanged = [(word, xpos.replace("_", "IN"), upos) for word, upos, xpos in PARTLY]
    corpus = load_corpus(write_conllu(*[exchanged] * 20), column="upos" if given == "upos" else "xpos")
    finding = found_in(corpus, kind)
    other = "upos" if given == "xpos" else "xpos"
    assert f"corpus.column={other}" in finding.remedy


@pytest.mark.parametrize("upos", ["same", "_"])
def test_universal_tags_in_xpos_do_no_harm_without_others(
    upos: str, write_conllu: Callable[..., str]
) -> None:
    same = [(word, tag if upos == "same" else "_", tag) for word, tag, _ in PARTLY]
    finding = found_in(load_corpus(write_conllu(*[same] * 20)), "universal tags in xpos")
    assert (finding.severity, finding.remedy) == ("note", "")
    assert finding.text.endswith("did you mean upos?")


def test_universal_tags_in_the_only_column_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("I/PRON live/VERB in/ADP towns/NOUN\n" * 20)
    assert "universal tags in xpos" not in {each.kind for each in check_corpus(load_corpus(file)).findings}


def test_a_pipe_is_not_read_twice(write_conllu: Callable[..., str], tmp_path: Path) -> None:
    """That would wait for ever."""
    corpus = load_files(write_conllu(*[PARTLY] * 20))
    assert corpus.loaded_from is not None
    os.mkfifo(tmp_path / "pipe")
    piped = corpus.loaded_from.model_copy(update={"train": str(tmp_path / "pipe")})
    finding = found_in(Corpus("pipe", corpus.train, [], [], loaded_from=piped), "untagged")
    assert "column" not in finding.text


def test_places_are_in_the_documents_of_the_files(write_conllu: Callable[..., str]) -> None:
    train = write_conllu(*[PARTLY] * 2, name="train.conllu")
    odd = [*PARTLY[:2], ("b\x07", "NOUN", "NN")]
    finding = found_in(load_files(train, write_conllu(PARTLY, odd, name="dev.conllu")), "control characters")
    assert f"{Path(train).parent / 'dev.conllu'}, sentence 2, token 3" in finding.text


def test_each_column_is_checked_by_itself(tmp_path: Path) -> None:
    """Also with the other column of CoNLL-U in view, as if it were the only one."""
    rows = ["1\tI\t_\tPRON\tPRP\t_\t_\t_\t_\t_", "2\tnap\t_\t_\tVBP\t_\t_\t_\t_\t_"]
    file = tmp_path / "gap.conllu"
    file.write_text("".join(f"{row}\n" for row in [*rows, ""]) * 20)
    found = check_columns(load_files(str(file), column=["upos", "xpos"]))
    assert list(found) == ["upos", "xpos"]
    texts = [[str(finding) for finding in check.of("warning")] for check in found.values()]
    assert any("corpus.column=xpos chooses it" in text for text in texts[0])
    assert not any("no tag" in text for text in texts[1])
    assert found["upos"] == check_corpus(load_files(str(file), column="upos"))
