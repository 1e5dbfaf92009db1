"""Do our fast implementations give the tags of the network's own forward pass?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarking.ours import our_tagger
from benchmarking.texts import Sentences
from postagger import Tagger
from postagger.corpora import TaggedSentence

BATCHES = (1, 7, 100)
THREADS = 8


def reference_tags(file: Path, sentences: Sentences) -> list[str]:
    """The tags of all tokens by torch's forward pass, the network's own."""
    from postagger.inference import ReferencePredictor

    tagger = Tagger.load(file, device="cpu")
    reference = ReferencePredictor(tagger.network, tagger.encoding)
    return [
        tagger.tagset.tags[number]
        for some in _batches([each for each in sentences if each], 100)
        for number in reference.tags(some)
    ]


def differing(file: Path, implementation: str, sentences: Sentences, expected: list[str]) -> dict[str, int]:
    """The number of tokens with another tag: in batches of several sizes, in one stream, and with threads."""
    tagger = our_tagger(file, implementation)

    def tag(some: Sentences) -> list[TaggedSentence]:
        return list(tagger.tag_sents(some))

    found = {f"{size} at a time": map(tag, _batches(sentences, size)) for size in BATCHES}
    found["all at once"] = map(tag, [sentences])
    counts = {name: _different(batches, expected) for name, batches in found.items()}
    with ThreadPoolExecutor(THREADS) as pool:
        counts[f"{THREADS} threads"] = _different(pool.map(tag, _batches(sentences, 100)), expected)
    return counts


def _batches(sentences: Sentences, size: int) -> Iterator[Sentences]:
    return (sentences[start : start + size] for start in range(0, len(sentences), size))


def _different(batches: Iterable[list[TaggedSentence]], expected: list[str]) -> int:
    found = [tag for batch in batches for sentence in batch for _, tag in sentence]
    return sum(a != b for a, b in zip(expected, found, strict=True))
