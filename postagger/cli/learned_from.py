"""Whether a tagger is about to be scored on the file that it learned from."""

from __future__ import annotations

import os

from postagger.tagger import Ensemble, Tagger


def learned_from(tagger: Tagger | Ensemble, file: str, tokens: int) -> str | None:
    """What to say of a file that a tagger learned from, as far as its name and its size tell; None of others.

    A model keeps no text, and the names of files as they were given: from another folder, the same file has
    another name, and another file may have the same.

    Args:
        tokens: how many the file has.
    """
    settings = tagger.config.corpus
    records = tagger.records if isinstance(tagger, Ensemble) else [tagger.record]
    if settings.train is None:  # the file was split
        sizes = {each.train_tokens + each.dev_tokens + (each.test_tokens or 0) for each in records}
        most, too_high = (
            "most of ",
            "this score is too high: --split test scores the part that was kept apart",
        )
    else:
        sizes = {each.train_tokens for each in records}
        most, too_high = "", "this score is higher than on new text"
    named = _same_file(file, settings.name if settings.train is None else settings.train)
    if named and tokens in sizes:
        return f"the model learned from {most}{file}, so {too_high}"
    if named:
        return f"the model learned from {most}a file of this name and another size: if it changed, {too_high}"
    if tokens in sizes:
        size = f"a file with as many tokens as {file}"
        return f"the model learned from {most}{size}: if they are the same, {too_high}"
    return None


def _same_file(one: str, others: str | tuple[str, ...]) -> bool:
    names = (others,) if isinstance(others, str) else others
    return os.path.realpath(one) in map(os.path.realpath, names)
