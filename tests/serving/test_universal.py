"""Universal tags of Penn tags: as in NLTK's own table."""

from __future__ import annotations

import pytest

from postagger.corpora.diagnosis.columns import UPOS
from postagger.serving.universal import NLTK_OF_PENN, UPOS_OF_NLTK, UPOS_OF_PENN

NLTK = {"NOUN", "VERB", "ADJ", "ADV", "PRON", "DET", "ADP", "NUM", "CONJ", "PRT", ".", "X"}


def test_all_tags_are_mapped_to_universal_ones() -> None:
    assert set(NLTK_OF_PENN.values()) == set(UPOS_OF_NLTK) == NLTK
    assert set(UPOS_OF_PENN.values()) == UPOS - {"SCONJ"}
    assert set(UPOS_OF_NLTK.values()) <= UPOS
    assert list(NLTK_OF_PENN) == list(UPOS_OF_PENN)


def test_nltk_s_own_table_says_the_same() -> None:
    import nltk.data
    from nltk.tag.mapping import tagset_mapping

    try:
        table = tagset_mapping("en-ptb", "universal")
    except LookupError:
        pytest.skip("needs NLTK's universal_tagset")
    more = {"ADD", "AFX", "GW", "HYPH", "NFP", "XX"}  # of English web text
    assert nltk.data.path is not None
    assert {tag: NLTK_OF_PENN[tag] for tag in NLTK_OF_PENN if tag not in more} == {
        tag: table[tag] for tag in NLTK_OF_PENN if tag not in more
    }
    assert {tag for tag in table if tag.isalpha()} - set(NLTK_OF_PENN) == {
        *("JJRJR", "NP", "PRT", "RN", "VP", "WH")  # slips of annotators
    }
