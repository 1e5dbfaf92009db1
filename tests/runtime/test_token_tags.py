from __future__ import annotations

import numpy as np

from postagger.runtime.token_tags import Pairs


def test_pairs_grow_and_are_reused() -> None:
    tags = [f"T{number}" for number in range(10)]
    words = [f"w{number}" for number in range(500)]
    pairs = Pairs(500, tags)
    for turn in range(12):
        numbers = np.arange(500)
        chosen = (numbers + turn) % 10
        predictions = pairs(words, numbers, chosen)
        assert predictions.tolist() == [(word, tags[tag]) for word, tag in zip(words, chosen, strict=True)]
        assert all(a is b for a, b in zip(predictions, pairs(words, numbers, chosen), strict=True))
