#!/usr/bin/env python3
"""Validates the challenge set: pairs, tags, tokens, texts and duplicates.

Examples:
    python scripts/check_challenge.py
    python scripts/check_challenge.py --overlap treebank brown conll2000
    python scripts/check_challenge.py --tagger runs/lstm.safetensors
    python scripts/check_challenge.py --spacy en_core_web_sm

Prints a table of counts. With --overlap it also searches for runs of 8 tokens shared with corpora; with
--tagger or --spacy it lists every target that a tagger tags otherwise, and prints its scores. The exit status
is 1 if the set is invalid or shares a run.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence

from check_sample import GLUED, NO_PENN_FORM, RUN, UNSPLIT

from postagger import PostaggerError, Tagger, load_corpus
from postagger.corpora.leakage import runs
from postagger.corpora.minimal_pairs import ChallengeSentence, MinimalPair, load_challenge
from postagger.evaluation import ChallengeScore, challenge_table, evaluate_challenge
from postagger.evaluation.challenge import (
    SCHEMES,
    ChallengeAnswer,
    challenge_sentences,
    score,
    scored_pairs,
)

FEWEST_PHENOMENA, FEWEST_PAIRS = 12, 13
LONGEST = 20

UPOS = {
    "DT": "DET PRON",
    "IN": "ADP SCONJ",
    "JJ": "ADJ",
    "JJR": "ADJ",
    "MD": "AUX",
    "NN": "NOUN",
    "NNP": "PROPN",
    "NNS": "NOUN",
    "POS": "PART",
    "RB": "ADV",
    "RP": "ADP",
    "VB": "VERB",
    "VBD": "VERB",
    "VBG": "VERB",
    "VBN": "VERB",
    "VBP": "VERB",
    "VBZ": "AUX VERB",
    "WDT": "PRON",
}
"""The Penn tags of the set, each with the universal tags that UD has for such words."""

SUFFIX = "suffix"
"""The only phenomenon whose pairs differ in the target itself."""

CLOSED_UP = re.compile(r" (?=[.,?]|'s(?: |$))")
"""The blanks of the tokenised sentence that are not in its text."""


def check(pairs: Sequence[MinimalPair]) -> list[str]:
    """Finds problems with phenomena, pairs and sentences."""
    counts = Counter(pair.phenomenon for pair in pairs)
    problems = [f"only {len(counts)} phenomena"] if len(counts) < FEWEST_PHENOMENA else []
    problems += [f"only {count} pairs of {name}" for name, count in counts.items() if count < FEWEST_PAIRS]
    seen: dict[str, str] = {}
    numbers: Counter[str] = Counter()
    for pair in pairs:
        numbers[pair.phenomenon] += 1
        name = f"{pair.phenomenon}-{pair.number}"
        if pair.number != numbers[pair.phenomenon]:
            problems.append(f"{name}: expected number {numbers[pair.phenomenon]}")
        if [sentence.identifier for sentence in pair.sentences] != [f"{name}-a", f"{name}-b"]:
            problems.append(f"{name}: its sentences are not called {name}-a and {name}-b")
        if (pair.first.xpos, pair.first.upos) == (pair.second.xpos, pair.second.upos):
            problems.append(f"{name}: both words have the same tags")
        if (pair.first.word != pair.second.word) != (pair.phenomenon == SUFFIX):
            problems.append(f"{name}: the words are {pair.first.word} and {pair.second.word}")
        for sentence in pair.sentences:
            problems += check_sentence(sentence)
            text = sentence.text.lower()
            if text in seen:
                problems.append(f"{sentence.identifier}: the same as {seen[text]}")
            seen[text] = sentence.identifier
    return problems


def check_sentence(sentence: ChallengeSentence) -> list[str]:
    """Finds problems with one sentence's tags, tokens and text."""
    problems = []
    if sentence.upos not in UPOS.get(sentence.xpos, "").split():
        problems.append(f"{sentence.word} has XPOS {sentence.xpos} with UPOS {sentence.upos}")
    problems += [
        f"{word} is not a token by the Penn treebank's conventions"
        for word in sentence.words
        if UNSPLIT.search(word) or GLUED.fullmatch(word) or NO_PENN_FORM.search(word)
    ]
    if CLOSED_UP.sub("", " ".join(sentence.words)) != sentence.text:
        problems.append("the text does not consist of the tokens")
    if not 2 <= len(sentence.words) <= LONGEST:
        problems.append(f"{len(sentence.words)} tokens, expected 2 to {LONGEST}")
    return [f"{sentence.identifier}: {problem}" for problem in problems]


def overlaps(pairs: Sequence[MinimalPair], names: Sequence[str]) -> list[str]:
    """Finds runs of `RUN` tokens that a sentence shares with one of the corpora."""
    places = {
        run: sentence.identifier
        for pair in pairs
        for sentence in pair.sentences
        for run in runs(list(sentence.words), RUN)
    }
    found = []
    for name in names:
        corpus = load_corpus(name)
        for other in corpus.train + corpus.dev + corpus.test:
            shared = (run for run in runs([word for word, _ in other], RUN) if run in places)
            found += [f"{places[run]}: {' '.join(run)!r} is in {name}" for run in shared]
    return found


def counts(pairs: Sequence[MinimalPair]) -> str:
    """Pairs by phenomenon, with an example, the distances and the tag sets, as a Markdown table."""
    scored = [Counter(pair.phenomenon for pair in scored_pairs(scheme)) for scheme in SCHEMES]
    lines = [
        "| phenomenon | example | tags | distance | pairs | Penn | UD | NLTK |",
        "|---|---|---|---|--:|--:|--:|--:|",
    ]
    for name in dict.fromkeys(pair.phenomenon for pair in pairs):
        own = [pair for pair in pairs if pair.phenomenon == name]
        example = " / ".join(marked(sentence) for sentence in own[0].sentences)
        tags = Counter("/".join(sorted(sentence.xpos for sentence in pair.sentences)) for pair in own)
        distances = [pair.distance for pair in own]
        reach = f"{min(distances)}-{max(distances)}" if len(set(distances)) > 1 else str(distances[0])
        numbers = " | ".join(str(each[name]) for each in scored)
        lines.append(f"| {name} | {example} | {', '.join(tags)} | {reach} | {len(own)} | {numbers} |")
    totals = " | ".join(str(sum(each.values())) for each in scored)
    return "\n".join([*lines, f"| all | | | | {len(pairs)} | {totals} |"])


def marked(sentence: ChallengeSentence) -> str:
    """A sentence's text with its target in bold."""
    words = list(sentence.words)
    words[sentence.target] = f"**{sentence.word}**"
    return re.sub(r" (?=[.,?]|\*\*'s)", "", " ".join(words))


def spacy_score(pipeline: str) -> ChallengeScore:
    """The score of an installed spaCy pipeline with Penn tags, on the set's own tokens."""
    import spacy

    model = spacy.load(pipeline, exclude=["parser", "ner", "lemmatizer"])
    scheme = SCHEMES[0]
    sentences = challenge_sentences(scheme)
    tagged = [model(spacy.tokens.Doc(model.vocab, words=list(each.words))) for each in sentences]
    tags = [each[sentence.target].tag_ for sentence, each in zip(sentences, tagged, strict=True)]
    return score(scheme, [ChallengeAnswer(tag, None) for tag in tags], 1.0)


def disagreements(found: ChallengeScore) -> list[str]:
    """Lists every target that a tagger tags otherwise."""
    return [
        f"{item.phenomenon}-{item.pair}: {item.text} [{item.word}] set {item.gold}, tagger {item.prediction}"
        for item in found.items
        if item.gold != item.prediction
    ]


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
    parser.add_argument("--tagger", metavar="MODEL", help="list the words on which a tagger disagrees")
    parser.add_argument(
        "--spacy", metavar="PIPELINE", help="list the words on which an installed spaCy pipeline disagrees"
    )
    options = parser.parse_args()
    pairs = load_challenge()
    problems = check(pairs) + overlaps(pairs, options.overlap)
    print(counts(pairs))
    if options.overlap and not problems:
        print(f"no run of {RUN} tokens is shared with {', '.join(options.overlap)}")
    if options.tagger or options.spacy:
        if options.tagger:
            found = evaluate_challenge(Tagger.load(options.tagger))
        else:
            found = spacy_score(options.spacy)
        print("", *disagreements(found), "", sep="\n")
        print(challenge_table(found, title=options.tagger or options.spacy))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except PostaggerError as error:
        sys.exit(f"check_challenge.py: {error}")
