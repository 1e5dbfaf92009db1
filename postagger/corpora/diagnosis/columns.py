"""Checks of the columns: whether the words are words, the tags are tags, and the right ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from postagger.corpora.diagnosis.findings import Finding
from postagger.corpora.diagnosis.survey import Pair, Survey
from postagger.corpora.diagnosis.wording import listed, most_frequent, percent, several, shown

_UPOS_TAGS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
_PENN_TAGS = (
    "CC CD DT EX FW IN JJ JJR JJS LS MD NN NNS NNP NNPS PDT POS PRP PRP$ RB RBR RBS RP TO UH VB VBD VBG VBN "
    "VBP VBZ WDT WP WP$ WRB"
)
UPOS = frozenset(_UPOS_TAGS.split())
"""The 17 tags of Universal Dependencies."""

_WELL_KNOWN = UPOS | set(_PENN_TAGS.split())

_WORD_HEADERS = {"word", "words", "wordform", "form", "forms", "token", "tokens", "text"}
_TAG_HEADERS = {
    *("tag", "tags", "pos", "pos_tag", "postag", "cpostag", "upos", "xpos", "upostag", "xpostag"),
    *("label", "labels"),
}

MANY_TAGS = 1000
"""More tags than this are unusual, even for languages with a rich morphology."""

_FEW = 10
"""Fewer distinct tags than this say nothing."""


def header_rows(survey: Survey) -> Iterator[Finding]:
    """Tokens that are the header of a table."""
    pairs = {
        (word, tag): count
        for (word, tag), count in survey.all_pairs.items()
        if word.lower() in _WORD_HEADERS and tag.lower() in _TAG_HEADERS
    }
    if pairs:
        count = sum(pairs.values())
        yield Finding(
            "header rows",
            "warning",
            f"{several(count, 'token looks like the header row', 'tokens look like header rows')} "
            f"of a table: {survey.examples(pairs)}",
            "The tagger learns the row as a token with a tag of its own.",
            "delete the row",
            count,
        )


def swapped_columns(survey: Survey) -> Iterator[Finding]:
    """Word and tag exchanged, in all tokens or in some."""
    tokens = survey.words.total()
    known = sum(survey.words[tag] for tag in _WELL_KNOWN)
    more_tags = len(survey.tags) > len(survey.words) and len(survey.tags) >= _FEW
    if more_tags or 2 * known > tokens:
        yield Finding(
            "swapped columns",
            "error",
            f"words and tags look swapped: {several(len(survey.words), 'distinct word')} such as "
            f"{listed((shown(word) for word, _ in survey.words.most_common(3)), 3)}, and "
            f"{several(len(survey.tags), 'distinct tag')} such as "
            f"{listed((shown(tag) for tag, _ in survey.tags.most_common(3)), 3)}",
            "The tagger learns to predict words.",
            "put the word first and the tag second",
            tokens,
        )
        return
    pairs = _swapped_pairs(survey)
    if pairs:
        count = sum(pairs.values())
        yield Finding(
            "swapped tokens",
            "warning",
            f"word and tag look swapped in {several(count, 'token')}: {survey.examples(pairs)}",
            "The tagger learns a word as a tag.",
            "put the word first and the tag second",
            count,
        )


def _swapped_pairs(survey: Survey) -> dict[Pair, int]:
    """Pairs of a word that is a tag elsewhere, and only here a word, and a tag that is hardly ever one."""
    words, tags = survey.words, survey.tags

    def is_odd(word: str, tag: str) -> bool:
        rare = tags[tag] < 5 or words[tag] > tags[tag]
        return word != tag and tags[word] >= 5 and rare and any(map(str.isalpha, tag))

    ordinary = {word for word, tag in survey.all_pairs if not is_odd(word, tag)}
    return {
        pair: count for pair, count in survey.all_pairs.items() if is_odd(*pair) and pair[0] not in ordinary
    }


def tags_like_words(survey: Survey) -> Iterator[Finding]:
    """A column of words or lemmas instead of tags, or one of too many tags."""
    tags, words = len(survey.tags), len(survey.words)
    share = _share_of_lookalikes(survey)
    lookalikes = share > 0.4 and tags >= _FEW
    one_each = tags > words / 2 and tags >= 5 * _FEW
    if tags > words or not (lookalikes or one_each or tags > MANY_TAGS):
        return  # more tags than words: the columns are swapped
    counts = f"{several(tags, 'distinct tag')} for {several(words, 'distinct word')}"
    alike = f"; {percent(share)} of the tags begin like their words" if lookalikes else ""
    yield Finding(
        "tags like words" if lookalikes else "many tags",
        "error" if lookalikes else "warning",
        f"{counts}: {most_frequent(survey.tags)}{alike}",
        "The tagger learns an output for each: training is slow, and most are too rare to be learned.",
        "choose the column of tags; this one looks like words or lemmas"
        if lookalikes
        else "choose coarser tags",
        tags,
    )


def one_tag(survey: Survey) -> Iterator[Finding]:
    """The same tag for all words, as in a column of missing values."""
    total = survey.tags.total()
    if len(survey.tags) != 1 or total < _FEW:
        return
    (tag,) = survey.tags
    yield Finding(
        "one tag",
        "warning",
        f"all {total:,} tags are {shown(tag)}",
        "There is nothing to tell apart, and any score is 100 %.",
        "choose the column of tags; if this one says that a word has no tag, write _ instead",
        total,
    )


def _share_of_lookalikes(survey: Survey) -> float:
    """The share of the words with letters whose tag is the same word, or begins with the same two letters."""
    pairs = [(w.lower(), t.lower(), n) for (w, t), n in survey.all_pairs.items() if any(map(str.isalpha, w))]
    alike = sum(n for word, tag, n in pairs if word == tag or (len(tag) > 2 and word[:2] == tag[:2]))
    return alike / max(1, sum(n for _, _, n in pairs))


def other_column(survey: Survey) -> Iterator[Finding]:
    """Universal tags in CoNLL-U's column for others, or the other way round."""
    if len(survey.tags) < 3:
        return
    strange = Counter({tag: count for tag, count in survey.tags.items() if tag not in UPOS})
    chosen = survey.corpus.settings.column
    if chosen == "xpos" and not strange and survey.column:
        yield Finding(
            "universal tags in xpos",
            "warning" if survey.other_column else "note",
            f"all tags of the column xpos are universal: {most_frequent(survey.tags)}; did you mean upos?",
            "The tagger learns the tags of the column xpos as they are.",
            "corpus.column=upos chooses the other column, whose tags differ" if survey.other_column else "",
            survey.tags.total(),
        )
    elif chosen == "upos" and strange and survey.column:
        yield Finding(
            "other tags in upos",
            "note",
            f"{several(strange.total(), 'token')} of the column upos have tags that are not among the 17 of "
            f"Universal Dependencies: {most_frequent(strange)}",
            "The tagger learns them as they are.",
            "did you mean corpus.column=xpos?" if strange.total() > survey.tags.total() / 2 else "",
            strange.total(),
        )
