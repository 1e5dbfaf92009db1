"""Small networks with random weights, and the kernels for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

pytest.importorskip("postagger_native", reason="the kernel is not built")
torch = pytest.importorskip("torch", reason="networks are compared with torch's")

from hypothesis import settings  # noqa: E402
from taggers import kernel  # noqa: E402

from postagger.config import parse_config  # noqa: E402
from postagger.features import WordEncoding  # noqa: E402
from postagger.inference import ReferencePredictor  # noqa: E402
from postagger.models import build_network  # noqa: E402
from postagger.features import TagSet  # noqa: E402
from postagger_native import BEST_ISA, Kernel  # noqa: E402

settings.register_profile("native", deadline=None)  # a busy machine is no failure
settings.load_profile("native")

ISAS = ("portable", "avx2", "avx512")
ISAS = ISAS[: ISAS.index(BEST_ISA) + 1]

WORDS = (
    'The old man saw the dog . " Well , " she said , " they \'re 12 % off in F-16s ! " Café naïve Straße ÉCOLE '
    "McDonald U.S. 1989-90 's n't -- ( ) [ ] `` '' ... I A x 食べる Привет Ελλάδα"
).split()
"""The words of the vocabularies."""

TAGS = [f"T{number}" for number in range(45)]


class Example:
    """A network with random weights, its reference and kernels for it."""

    def __init__(self, tags: Sequence[str] = TAGS, words: dict[str, Any] | None = None, **model: Any) -> None:
        config = parse_config({"words": {"feature_min_count": 1, **(words or {})}, "model": model})
        self.encoding = WordEncoding.fit(WORDS * 2, config.words)
        torch.manual_seed(7)
        self.network = build_network(config, self.encoding, TagSet(tags)).eval()
        with torch.no_grad():
            for parameter in self.network.parameters():
                parameter.mul_(3)  # so that scores differ
        self.tags = list(tags)
        self.reference = ReferencePredictor(self.network, self.encoding)

    def kernel(self, **settings: Any) -> Kernel:
        return kernel(self.network, self.encoding, [self.tags], **settings)

    def scores(self, sentences: Sequence[Sequence[str]]) -> np.ndarray[Any, Any]:
        """The forward pass's scores."""
        return self.reference._predict(lambda scores, _: scores, sentences).numpy()

    def answers(self, sentences: Sequence[Sequence[str]]) -> list[list[tuple[str, str]]]:
        """The forward pass's tags."""
        if not any(sentences):
            return [[] for _ in sentences]
        tags = iter(self.reference.tags(sentences))
        return [[(word, self.tags[next(tags)]) for word in sentence] for sentence in sentences]


@pytest.fixture(scope="session")
def example() -> Example:
    return Example(kind="window", left=2, right=2, hidden=[128])


@pytest.fixture(params=ISAS)
def isa(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def sentences(count: int, seed: int = 0, longest: int = 30, vocabulary: int = 5000) -> list[list[str]]:
    """Random sentences of known and unknown words."""
    random = np.random.default_rng(seed)
    pool = WORDS + [
        "".join(
            random.choice(list("abcdefghijklmnopqrstuvwxyzAB019-'")) for _ in range(random.integers(1, 12))
        )
        for _ in range(vocabulary)
    ]
    return [
        [pool[i] for i in random.integers(0, len(pool), random.integers(0, longest + 1))]
        for _ in range(count)
    ]
