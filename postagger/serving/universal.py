"""From the Penn treebank's tags to universal ones: NLTK's twelve (Petrov et al. 2012), and UPOS of Universal
Dependencies.

A Penn tag does not say everything that UPOS does, so some words get the wrong one by these rules: ``IN`` is
always ADP (for *because*, SCONJ is right), the tags of verbs VERB (for *is*, mostly AUX), ``DT`` and ``WDT``
DET (for *which*, mostly PRON), ``RB`` ADV (for *not*, PART). A tagger with a head for UPOS knows better.
"""

from __future__ import annotations

from postagger.corpora.diagnosis.columns import UPOS

_ROWS = """
    CC    CONJ CCONJ    NNS   NOUN NOUN     RP    PRT  ADP      WDT   DET  DET      GW    X    X
    CD    NUM  NUM      PDT   DET  DET      SYM   X    SYM      WP    PRON PRON     HYPH  .    PUNCT
    DT    DET  DET      POS   PRT  PART     TO    PRT  PART     WP$   PRON PRON     NFP   .    PUNCT
    EX    DET  PRON     PRP   PRON PRON     UH    X    INTJ     WRB   ADV  ADV      XX    X    X
    FW    X    X        PRP$  PRON PRON     VB    VERB VERB     ,     .    PUNCT    ``    .    PUNCT
    IN    ADP  ADP      RB    ADV  ADV      VBD   VERB VERB     .     .    PUNCT    ''    .    PUNCT
    JJ    ADJ  ADJ      RBR   ADV  ADV      VBG   VERB VERB     :     .    PUNCT    (     .    PUNCT
    JJR   ADJ  ADJ      RBS   ADV  ADV      VBN   VERB VERB     $     .    SYM      )     .    PUNCT
    JJS   ADJ  ADJ      MD    VERB AUX      VBP   VERB VERB     #     .    SYM      -LRB- .    PUNCT
    LS    X    X        NNP   NOUN PROPN    VBZ   VERB VERB     AFX   X    X        -RRB- .    PUNCT
    NN    NOUN NOUN     NNPS  NOUN PROPN    ADD   X    X
"""
_CELLS = _ROWS.split()

NLTK_OF_PENN = dict(zip(_CELLS[::3], _CELLS[1::3], strict=True))
"""NLTK's universal tag of each Penn tag, as in NLTK's own table; that of English web text's further tags
(``ADD``, ``AFX``, ``GW``, ``HYPH``, ``NFP``), which NLTK does not have, by what they stand for."""

UPOS_OF_PENN = dict(zip(_CELLS[::3], _CELLS[2::3], strict=True))
"""UPOS of each Penn tag."""

UPOS_OF_NLTK = {tag: tag for tag in NLTK_OF_PENN.values() if tag in UPOS} | {
    "CONJ": "CCONJ",
    "PRT": "PART",
    ".": "PUNCT",
}
"""UPOS of each of NLTK's universal tags."""

NLTK_OF_UPOS = {
    **{tag: tag for tag in UPOS if tag in UPOS_OF_NLTK},
    "AUX": "VERB",
    "CCONJ": "CONJ",
    "INTJ": "X",
    "PART": "PRT",
    "PROPN": "NOUN",
    "PUNCT": ".",
    "SCONJ": "ADP",
    "SYM": ".",
}
"""NLTK's universal tag of each UPOS. Of those that have no counterpart there, the one of the Penn tag that
their words mostly have: subordinating conjunctions are ``IN``."""
