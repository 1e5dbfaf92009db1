#!/usr/bin/env python3
"""Validates the sample treebank: format, tags, tokenisation, duplicates and split.

Examples:
    python scripts/check_sample.py
    python scripts/check_sample.py --overlap treebank brown conll2000
    python scripts/check_sample.py --tagger runs/lstm.safetensors

Prints a table of counts. With --overlap it also searches for runs of 8 tokens shared with other corpora; with
--tagger it lists every token on which a tagger disagrees. The exit status is 1 if the sample is invalid or
shares a run.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from postagger import PostaggerError, Tagger, load_corpus
from postagger.corpora.conllu import COLUMNS, conllu_sentences, is_word_line
from postagger.corpora.leakage import runs
from postagger.io import open_text

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "sample"
PARTS = ("train", "dev", "test")
GENRES = {"news", "business", "fiction", "instructions", "mail", "science", "sport", "law"}
RUN = 8
LONGEST = 60

UPOS = {
    "ADJ": "JJ JJR JJS",
    "ADP": "IN",
    "ADV": "RB RBR RBS WRB",
    "CONJ": "CC",
    "DET": "DT EX PDT WDT",
    "NOUN": "NN NNP NNPS NNS",
    "NUM": "CD",
    "PRON": "PRP PRP$ WP WP$",
    "PRT": "POS RP TO",
    "VERB": "MD VB VBD VBG VBN VBP VBZ",
    "X": "FW LS SYM UH",
    ".": "# $ '' `` , -LRB- -RRB- . :",
}
"""NLTK's universal tags (Petrov et al. 2012), each with the Penn tags that map to it."""

XPOS = {xpos: upos for upos, penn in UPOS.items() for xpos in penn.split()}

CLOSED = {
    "the": "DT",
    "to": "TO",
    "of": "IN",
    "n't": "RB",
    "not": "RB",
    "%": "NN",
    "``": "``",
    "''": "''",
    "-LRB-": "-LRB-",
    "-RRB-": "-RRB-",
    ",": ",",
    ".": ".",
    "?": ".",
    "!": ".",
    ";": ":",
    "--": ":",
    "...": ":",
    "$": "$",
    "'ll": "MD",
    "'m": "VBP",
    "'re": "VBP",
    "'ve": "VBP VB",
    "'d": "MD VBD",
    "'s": "POS VBZ PRP",
    "its": "PRP$",
    "their": "PRP$",
    "my": "PRP$",
    "whose": "WP$",
    "would": "MD",
    "should": "MD",
    "if": "IN",
    "because": "IN",
}
"""The tags that these words can have; any of them can also be a name or a foreign word."""

UNSPLIT = re.compile(r"\w(n't|'s|'re|'ve|'ll|'d|'m)$|^(cannot|gonna|gotta|wanna)$", re.IGNORECASE)
NO_PENN_FORM = re.compile(r"[\"()\[\]{}\u201c\u201d\u2018\u2019\u2013\u2014\u2026]")
GLUED = re.compile(r".*\w[,;:!?%$]|[$#]\d.*")


@dataclass
class Sentence:
    """One sentence of the sample, and its place in it."""

    place: str
    part: str
    document: str
    genre: str
    words: list[str]
    upos: list[str]
    xpos: list[str]


def read(part: str, problems: list[str]) -> Iterator[Sentence]:
    """Reads the sentences of one file; adds errors in comments, token numbers and columns to `problems`."""
    path = SAMPLE / f"{part}.conllu"
    document = genre = ""
    identifiers: Counter[str] = Counter()
    with open_text(path) as lines:
        for first, block in conllu_sentences(lines, path.name):
            place = f"{path.name}:{first}"
            for line in block:
                key, _, value = line.removeprefix("# ").partition(" = ")
                if key == "newdoc id":
                    document, genre = value, ""
                elif key == "genre":
                    genre = value
                elif key == "sent_id":
                    identifiers[value] += 1
                    if not value.startswith(document + "-") or identifiers[value] > 1:
                        problems.append(f"{place}: sent_id {value} does not fit document {document}")
            if genre not in GENRES:
                problems.append(f"{place}: unknown genre {genre!r}")
            rows = [line.split("\t") for line in block if is_word_line(line)]
            if [row[0] for row in rows] != [str(number) for number in range(1, len(rows) + 1)]:
                problems.append(f"{place}: token numbers are not 1, 2, 3 ...")
            if any(len(row) != COLUMNS or "" in row for row in rows):
                problems.append(f"{place}: an empty column")
            yield Sentence(
                place, part, document, genre, *([row[column] for row in rows] for column in (1, 3, 4))
            )


def check(sentences: list[Sentence]) -> list[str]:
    """Finds problems with tags, tokens, lengths, duplicates and the split."""
    problems = []
    seen: dict[str, str] = {}
    parts: defaultdict[str, set[str]] = defaultdict(set)
    genres: defaultdict[str, set[str]] = defaultdict(set)
    for sentence in sentences:
        for word, upos, xpos in zip(sentence.words, sentence.upos, sentence.xpos, strict=True):
            if XPOS.get(xpos) != upos:
                problems.append(f"{sentence.place}: {word} has XPOS {xpos} with UPOS {upos}")
            allowed = CLOSED.get(word.lower(), CLOSED.get(word, xpos)).split()
            if xpos not in (*allowed, "NNP", "NNPS", "FW"):
                problems.append(f"{sentence.place}: {word} has XPOS {xpos}, expected one of {allowed}")
            if UNSPLIT.search(word) or GLUED.fullmatch(word) or NO_PENN_FORM.search(word):
                problems.append(f"{sentence.place}: {word} is not a token by the Penn treebank's conventions")
        if not 1 <= len(sentence.words) <= LONGEST:
            problems.append(f"{sentence.place}: {len(sentence.words)} tokens, expected 1 to {LONGEST}")
        text = " ".join(sentence.words).lower()
        if text in seen:
            problems.append(f"{sentence.place}: the same as {seen[text]}")
        seen[text] = sentence.place
        parts[sentence.document].add(sentence.part)
        genres[sentence.part].add(sentence.genre)
    problems += [f"document {name} is in several parts" for name, found in parts.items() if len(found) > 1]
    problems += [
        f"{part} lacks the genres {GENRES - genres[part]}" for part in PARTS if genres[part] != GENRES
    ]
    missing = set(XPOS) - {xpos for sentence in sentences for xpos in sentence.xpos}
    if missing:
        problems.append(f"tags that never occur: {sorted(missing)}")
    return problems


def overlaps(sentences: list[Sentence], names: list[str]) -> list[str]:
    """Finds runs of `RUN` tokens that a sentence shares with one of the corpora."""
    places = {run: sentence.place for sentence in sentences for run in runs(sentence.words, RUN)}
    found = []
    for name in names:
        corpus = load_corpus(name)
        for other in corpus.train + corpus.dev + corpus.test:
            shared = (run for run in runs([word for word, _ in other], RUN) if run in places)
            found += [f"{places[run]}: {' '.join(run)!r} is in {name}" for run in shared]
    return found


def spacy_tags(sentences: list[Sentence], pipeline: str) -> Iterator[list[str]]:
    """Tags the sample's own tokens with a spaCy pipeline, and yields Penn tags."""
    import spacy

    plain = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}
    # OntoNotes has its own tags for hyphens, unusual punctuation, addresses, affixes and unknown words.
    penn = {"HYPH": ":", "NFP": ":", "ADD": "NNP", "AFX": "JJ", "XX": "FW"}
    model = spacy.load(pipeline, exclude=["parser", "ner", "lemmatizer"])
    for sentence in sentences:
        words = [plain.get(word, word) for word in sentence.words]
        yield [
            penn.get(token.tag_, token.tag_) for token in model(spacy.tokens.Doc(model.vocab, words=words))
        ]


def disagreements(sentences: list[Sentence], predictions: Iterable[list[str]]) -> list[str]:
    """Lists every token whose predicted tag is not the sample's, with its context."""
    lines = []
    for sentence, tags in zip(sentences, predictions, strict=True):
        for place, (word, tag, gold) in enumerate(zip(sentence.words, tags, sentence.xpos, strict=True)):
            if tag != gold:
                before, after = (
                    sentence.words[max(0, place - 5) : place],
                    sentence.words[place + 1 : place + 6],
                )
                lines.append(
                    f"{sentence.place} token {place + 1}: sample {gold}, tagger {tag}: "
                    f"{' '.join(before)} [{word}] {' '.join(after)}"
                )
    return lines


def counts(sentences: list[Sentence]) -> str:
    """Documents, sentences and tokens by genre and part, as a Markdown table."""
    lines = [
        "| genre | documents | train | dev | test | sentences | tokens |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for genre in [*sorted(GENRES), "all"]:
        chosen = [s for s in sentences if genre in (s.genre, "all")]
        by_part = [sum(len(s.words) for s in chosen if s.part == part) for part in PARTS]
        documents = len({s.document for s in chosen})
        numbers = [documents, *by_part, len(chosen), sum(by_part)]
        lines.append(f"| {genre} | " + " | ".join(f"{number:,}" for number in numbers) + " |")
    lengths = [len(sentence.words) for sentence in sentences]
    mean = sum(lengths) / len(lengths)
    return "\n".join(
        [*lines, "", f"sentence length: {min(lengths)} to {max(lengths)} tokens, mean {mean:.1f}"]
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--overlap",
        nargs="+",
        metavar="CORPUS",
        default=[],
        help="find runs of tokens shared with these corpora",
    )
    parser.add_argument("--tagger", metavar="MODEL", help="list the tokens on which a tagger disagrees")
    parser.add_argument(
        "--spacy", metavar="PIPELINE", help="list the tokens on which an installed spaCy pipeline disagrees"
    )
    options = parser.parse_args()
    problems: list[str] = []
    sentences = [sentence for part in PARTS for sentence in read(part, problems)]
    problems += check(sentences) + overlaps(sentences, options.overlap)
    print(counts(sentences))
    if options.overlap and not problems:
        print(f"no run of {RUN} tokens is shared with {', '.join(options.overlap)}")
    predictions: Iterable[list[str]] | None = None
    if options.tagger:
        tagged = Tagger.load(options.tagger).tag_sents(sentence.words for sentence in sentences)
        predictions = ([tag for _, tag in sentence] for sentence in tagged)
    elif options.spacy:
        predictions = spacy_tags(sentences, options.spacy)
    if predictions is not None:
        lines = disagreements(sentences, predictions)
        tokens = sum(len(sentence.words) for sentence in sentences)
        print("\n".join(lines))
        print(f"the tagger agrees on {100 - 100 * len(lines) / tokens:.2f} % of {tokens:,} tokens")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except PostaggerError as error:
        sys.exit(f"check_sample.py: {error}")
