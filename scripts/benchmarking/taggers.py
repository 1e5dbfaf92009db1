"""The measured taggers, including the floor."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from postagger import Corpus, Tagger, load_config
from postagger.baselines import train_baseline
from postagger.corpora import TaggedSentence
from postagger.inference import Dtype, ReferencePredictor

ROOT = Path(__file__).resolve().parents[2]
OURS = ("logistic", "window", "lstm")
HALF = ", bfloat16"
"""Suffix of the name of our taggers that compute in bfloat16."""

FLOOR, PERCEPTRON, CRF, SPACY = "floor", "NLTK perceptron", "NLTK CRF", "spaCy"
SLOW = (PERCEPTRON, SPACY)
"""These tag fewer sentences, so that a round takes seconds."""

UNSEEN = 0.1
"""Fraction of the words that one of the measurements replaces by invented ones."""

Sentences = list[list[str]]


class Dictionary:
    """The floor: each word's most frequent tag, and NN for unknown words."""

    def __init__(self, sentences: Iterable[TaggedSentence]) -> None:
        counts: dict[str, Counter[str]] = {}
        for sentence in sentences:
            for word, tag in sentence:
                counts.setdefault(word, Counter())[tag] += 1
        self.tags = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}

    def tag_sents(self, sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
        get = self.tags.get
        for sentence in sentences:
            yield [(word, get(word, "NN")) for word in sentence]


class Spacy:
    """spaCy's standard tagger, untrained."""

    def __init__(self, sentences: Sequence[TaggedSentence]) -> None:
        import spacy
        from spacy.tokens import Doc
        from spacy.training import Example

        self.nlp = spacy.blank("en")
        pipe: Any = self.nlp.add_pipe("tagger")
        for tag in sorted({tag for sentence in sentences for _, tag in sentence}):
            pipe.add_label(tag)
        self.doc: Callable[[list[str]], Any] = lambda words: Doc(self.nlp.vocab, words=words)
        examples = [
            Example.from_dict(self.doc([word for word, _ in s]), {"tags": [tag for _, tag in s]})
            for s in sentences[:100]
        ]
        self.nlp.initialize(lambda: examples)

    def tag_sents(self, sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
        for doc in self.nlp.pipe(map(self.doc, sentences), batch_size=256):
            yield [(token.text, token.tag_) for token in doc]


def make_tagger(name: str, corpus: Corpus, device: str) -> Any:
    """A tagger that has not tagged anything yet; ours are loaded from `model_file`."""
    match name:
        case "floor":
            return Dictionary(corpus.train)
        case "spaCy":
            return Spacy(corpus.train)
        case "NLTK perceptron":
            return train_baseline("perceptron", corpus)
        case "NLTK CRF":
            return train_baseline("crfsuite", corpus)
    dtype: Dtype = "bfloat16" if name.endswith(HALF) else "float32"
    return Tagger.load(model_file(corpus, name), device=device, dtype=dtype)


def model_file(corpus: Corpus, name: str) -> Path:
    model = name.removesuffix(HALF)
    return ROOT / "runs" / "benchmark" / f"{Path(corpus.name).stem}-{model}.safetensors"


def train_ours(corpus: Corpus) -> None:
    """Trains our taggers with the shipped configs, unless `model_file` already has such a tagger."""
    for name in OURS:
        file, config = model_file(corpus, name), load_config(ROOT / "configs" / f"{name}.toml")
        if not file.exists() or Tagger.load(file, device="cpu").config != config:
            print(f"training {name}", file=sys.stderr)
            Tagger.train(corpus, config).save(file)


def differing(tagger: Tagger, sentences: Sentences) -> int:
    """The number of tokens whose tag differs from that of the network's own forward pass."""
    reference = ReferencePredictor(tagger.network, tagger.encoding)
    count = 0
    for start in range(0, len(sentences), 100):
        some = [sentence for sentence in sentences[start : start + 100] if sentence]
        expected = [tagger.tagset.tags[number] for number in reference.tags(some)]
        found = [tag for sentence in tagger.tag_sents(some) for _, tag in sentence]
        count += sum(a != b for a, b in zip(expected, found, strict=True))
    return count
