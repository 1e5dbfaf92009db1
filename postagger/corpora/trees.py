"""Bracketed trees, as in the Penn Treebank's ``.mrg`` files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from postagger.corpora.corpus import Document
from postagger.corpora.sentences import TaggedSentence
from postagger.errors import DataError, brief
from postagger.io import check_tokens

_PIECE = re.compile(r"[()]|[^\s()]+")


def read_trees(lines: Iterable[str], source: str, _column: str) -> Iterator[Document]:
    r"""Reads the words and tags at the leaves, ``(NN dog)``; each tree is a sentence of one document.

    The Penn Treebank's ``1\/2`` becomes ``1/2``; its brackets stay ``-LRB-``.

    Raises:
        DataError: the brackets are not balanced, there is text outside of a tree, or a leaf is no tag and
            word.
    """
    sentences: list[TaggedSentence] = []
    sentence: TaggedSentence = []
    leaf: list[str] = []  # what has been read since the last bracket
    depth = start = 0
    for number, line in enumerate(lines, 1):
        place = f"{source}:{number}"
        for piece in _PIECE.findall(line):
            if piece == "(":
                start = number if depth == 0 else start
                depth, leaf = depth + 1, []
            elif depth == 0:
                raise DataError(
                    f"{place}: expected a tree, which begins with a bracket, got {brief(line.strip())}"
                )
            elif piece != ")":
                leaf.append(piece)
            else:
                sentence += [_token(leaf, place)] if leaf else []
                depth, leaf = depth - 1, []
                if depth == 0:
                    check_tokens([word for word, _ in sentence], f"{source}:{start}")
                    sentences.append(sentence)
                    sentence = []
    if depth:
        raise DataError(f"{source}:{start}: the brackets of this tree are not closed at the end of the file")
    yield Document(source, list(filter(None, sentences)))


def _token(leaf: list[str], place: str) -> tuple[str, str]:
    if len(leaf) != 2:
        raise DataError(f"{place}: expected a tag and a word, as in (NN dog), got {brief(' '.join(leaf))}")
    tag, word = leaf
    return word.replace("\\/", "/").replace("\\*", "*"), tag
