"""Tags sentences with a tagger that ``postagger export`` wrote: with NumPy, onnxruntime and the two files.

    python reader.py FOLDER < tokenised.txt     # a sentence a line, tokens separated by blanks

In a program: ``Reader(folder).tag(["The", "dog", "barks", "."])``. To port it to another language, see
`Reader.numbers`: it says how a word becomes the numbers that the network reads.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

DIGIT, BEYOND_TWO = re.compile(r"\d"), re.compile(r"(.)(?=\1\1)")


class Reader:
    """An exported tagger; `heads` are its heads with their tags, by name, the main one first."""

    def __init__(self, folder: str | Path, **options: Any) -> None:
        """Args: `options`, those of `onnxruntime.InferenceSession`, such as ``providers``."""
        facts = json.loads((Path(folder) / "tagger.json").read_text(encoding="utf-8"))
        if facts["format"] != 1:
            raise ValueError(f"{folder} has format {facts['format']}, but this reader is for format 1")
        self.session = onnxruntime.InferenceSession(str(Path(folder) / "model.onnx"), **options)
        self.inputs = {each.name for each in self.session.get_inputs()}
        self.facts, self.heads, self.settings = facts, facts["heads"], facts["words"]
        self.normalise, self.spelling = self.settings["normalise"], facts["spelling"]
        joiners, joining = self.spelling["joiners"], self.spelling["joining"]
        between = f"(?<=[{joining}])([{joiners}])[{joiners}]*(?=[{joining}])"
        self.joiner = re.compile(f"{between}|[{joiners}]+")
        self.tables = {
            name: {string: number for number, string in enumerate(strings, 2)}
            for name, strings in facts["vocabularies"].items()
        }
        for word, number in list(self.tables.get("vectors", {}).items()):
            if self.normalise:
                self.tables["vectors"].setdefault(self.normal_form(word), number)
        self.known: dict[str, tuple[list[int], list[int]]] = {}

    # -- sentences ----------------------------------------------------------------------------------------

    def tag(self, words: Sequence[str], head: str | None = None) -> list[tuple[str, str]]:
        """The ``(word, tag)`` pairs of a sentence, with the tags of one of `heads`; default: the main one."""
        return self.tag_sents([words], head)[0]

    def tag_sents(
        self, sentences: Iterable[Sequence[str]], head: str | None = None, batch: int = 128
    ) -> list[list[tuple[str, str]]]:
        """The pairs of each sentence; `batch` sentences of similar lengths are computed at a time."""
        given = [list(sentence) for sentence in sentences]
        its = self.heads[next(iter(self.heads)) if head is None else head]
        found: list[list[tuple[str, str]]] = [[] for _ in given]
        order = sorted((number for number, words in enumerate(given) if words), key=lambda n: len(given[n]))
        for first in range(0, len(order), batch):
            some = order[first : first + batch]
            scores = self.session.run([its["output"]], self.feed([given[number] for number in some]))[0]
            for number, rows in zip(some, scores, strict=True):
                best = best_tags(rows[: len(given[number])], its["crf"])
                found[number] = [(w, its["tags"][t]) for w, t in zip(given[number], best, strict=True)]
        return found

    def feed(self, sentences: Sequence[Sequence[str]]) -> dict[str, Any]:
        """The network's inputs for some sentences, each of one word or more."""
        types: dict[str, int] = {}  # the row of each different word; row 0 is beyond a sentence's end
        tokens = [[types.setdefault(w, len(types) + 1) for w in self.quoted(words)] for words in sentences]
        if len(self.known) > 100_000:
            self.known.clear()
        rows = [self.known.get(word) or self.known.setdefault(word, self.numbers(word)) for word in types]
        feed = {
            "words": [[0] * len(self.facts["columns"]), *(columns for columns, _ in rows)],
            "characters": filled([[0], *(characters for _, characters in rows)]),
            "tokens": filled(tokens),
            "lengths": list(map(len, tokens)),
        }
        return {name: np.array(value, np.int64) for name, value in feed.items() if name in self.inputs}

    def quoted(self, words: Iterable[str]) -> Iterator[str]:
        """Yields words with straight double quotes as opening and closing ones, alternately."""
        quotes = itertools.cycle(("``", "''"))
        for word in words:
            yield next(quotes) if (self.normal_form(word) if self.normalise else word) == '"' else word

    # -- words --------------------------------------------------------------------------------------------

    def numbers(self, word: str) -> tuple[list[int], list[int]]:
        """A word's number in each column, and those of its characters; 1 is what is in no vocabulary.

        A word is looked up by its form; a prefix and a suffix, of 1, 2, 3 ... letters, by its lower case, the
        suffix with ^ before the word; its shape, its class (or the first parts of it), its pretrained vector.
        """
        form = whole = self.form(word, self.normalise)
        if self.settings["fold_digits"]:
            form = DIGIT.sub("0", form)
        lower = self.lower(form, self.normalise)
        strings = {"word": lower if self.settings["lowercase"] else form, "shape": self.shape(form)}
        for length in range(1, 1 + max(self.settings["prefixes"], self.settings["suffixes"])):
            strings[f"prefix{length}"] = lower[:length]
            strings[f"suffix{length}"] = f"^{lower}"[-length:]
        classes, vectors = self.facts["classes"], self.tables.get("vectors", {})
        if classes:
            forms = self.vector_forms(self.normal_form(word), True)
            strings["class"] = next((classes[each] for each in forms if each in classes), "")
            for length in self.facts["class_prefixes"]:
                strings[f"class{length}"] = strings["class"][:length]
        if vectors:
            forms = self.vector_forms(word, self.normalise)
            strings["vectors"] = next((each for each in forms if each in vectors), "")
        columns = [self.tables[name].get(strings[name], 1) for name in self.facts["columns"]]
        if not self.facts["characters"]:
            return columns, []
        half = self.facts["longest_word"] // 2
        whole = whole if len(whole) <= 2 * half else whole[:half] + whole[-half:]
        return columns, [self.tables["characters"].get(char, 1) for char in whole]

    def form(self, word: str, normalise: bool) -> str:
        """A word in its normal form, and with the Penn treebank's brackets, quotes and dashes."""
        form = self.normal_form(word) if normalise else word
        inside = str.maketrans(self.spelling["inside"])
        return str(self.spelling["penn_forms"].get(form) or form.translate(inside))

    def lower(self, form: str, normalise: bool) -> str:
        """Lower case; the Turkish I with a dot is an i."""
        return form.lower().replace("i\u0307", "i") if normalise else form.lower()

    def vector_forms(self, word: str, normalise: bool) -> Iterator[str]:
        """Yields the forms under which a word may have a pretrained vector or a class, closest first."""
        form = self.form(word, normalise)
        forms = [form, self.spelling["plain_forms"].get(form, form)]
        forms += [self.lower(each, normalise) for each in forms]
        yield from forms
        for sign in "0#":
            yield from (DIGIT.sub(sign, each) for each in forms)

    def shape(self, form: str) -> str:
        """X for capitals, x for small letters, d for digits; runs are cut. Letters without case: scripts."""
        if form.isascii() or not self.normalise:
            kinds = ("X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in form)
            return BEYOND_TWO.sub("", "".join(kinds))
        symbols = [self.symbol(char) for char in form]
        marks = "".join(sorted({"m", "j"}.intersection(symbols)))
        symbols = [symbol for symbol in symbols if symbol not in ("m", "j")]
        noted = "" if {"X", "x"}.intersection(symbols) else marks
        if all(len(symbol) == 1 for symbol in symbols):
            return BEYOND_TWO.sub("", "".join(symbols)) + noted
        runs = [kind for kind, _ in itertools.groupby(symbols)]
        if len(runs) == 1:
            return f"{runs[0]}{min(len(symbols), 3)}{noted}"
        return "".join([*runs[:2], *runs[2:][-1:]]) + noted

    def symbol(self, char: str) -> str:
        """A character in a shape."""
        category = unicodedata.category(char)
        if char.isupper() or category == "Lt":
            return "X"
        if char.islower():
            return "x"
        if category in ("Lo", "Lm"):
            script = re.split("[ -]", unicodedata.name(char, ""))[0].capitalize()
            return char if script in ("", "Modifier") else script
        if char in self.spelling["joiners"]:
            return "j"
        return {"M": "m", "N": "d"}.get(category[0], "s" if category in ("So", "Sk") else char)

    def normal_form(self, word: str) -> str:
        """Composed letters, no invisible characters, and plain letters for those that only look different."""
        if word.isascii():
            return word
        plain = "".join(map(self.plain, unicodedata.normalize("NFC", word)))
        form = unicodedata.normalize("NFC", plain)
        joined = self.joiner.sub(r"\1", form)  # joiners count only in the scripts that need them
        return (self.normal_form(joined) if joined != form else joined) or word

    def plain(self, char: str) -> str:
        """The visible, plain characters for one."""
        if any(start <= ord(char) < stop for start, stop in self.spelling["invisible"]):
            return ""
        look, _, codes = unicodedata.decomposition(char).partition(" ")
        plain = "".join(chr(int(code, 16)) for code in codes.split())
        start, stop = self.spelling["ligatures"]
        folded = look in self.spelling["looks"] or (look == "<compat>" and start <= ord(char) < stop)
        return (
            plain if folded and char not in self.spelling["signs"] and not re.search(r"\s", plain) else char
        )


def filled(rows: list[list[int]]) -> list[list[int]]:
    """Rows of the length of the longest one, filled up with zeros."""
    longest = max(map(len, rows))
    return [row + [0] * (longest - len(row)) for row in rows]


def best_tags(scores: Any, crf: dict[str, Any] | None) -> list[int]:
    """The number of each word's tag: the best one, or with a CRF, that of the best sequence (Viterbi).

    Shape: `scores` of (words, tags); of the CRF, start and end (tags,), transitions (tags, next tags).
    """
    if crf is None:
        return list(scores.argmax(axis=1))
    transitions = np.array(crf["transitions"], np.float32)
    best = [scores[0] + np.array(crf["start"], np.float32)]
    for row in scores[1:]:
        best.append(row + (best[-1][:, np.newaxis] + transitions).max(axis=0))
    tags = [int((best[-1] + np.array(crf["end"], np.float32)).argmax())]
    for before in reversed(best[:-1]):
        tags.append(int((before + transitions[:, tags[-1]]).argmax()))
    return tags[::-1]


if __name__ == "__main__":
    reader = Reader(sys.argv[1])
    for line in sys.stdin:
        print(" ".join(f"{word}/{tag}" for word, tag in reader.tag(line.split())))
