"""English abbreviations that end in a full stop."""

from __future__ import annotations

_BEFORE_MORE = """
    adm approx asst atty brig ca capt cf chap cmdr comdr cpl dr drs e.g eg fig figs gen gov hon i.e ie incl
    insp lt maj messrs mlle mme mr mrs ms msgr mt no nos ofc op pp pres prof pvt ref refs rev sen sens sgt
    supt v var viz vs
"""
_EVEN_LAST = """
    a.k.a a.m al apr ariz arr arrv assn assoc att attn aug ave b.c bldg blvd bros cal calif co col colo conn
    corp ct cu d.c dec dep dept dist ed eds eq esp est etc ext f.o.b feb fla fr fri ft ga govt hr hrs hwy inc
    jan jr jul jun kan kg km lb lbs llc ltd lv mfg mich min minn mins misc mo mob mon natl nov o.k oct okla oz
    p.m p.o p.s pa para penn ph plc que rd rec rep reps rt sat sc sec sept spec sq sr st ste sun t.v tel tenn
    tex thu thur thurs tue tues u.k u.n u.s univ va vol vols vt wed wis yd yr yrs
"""

_DEGREES = """
    b.ed b.sc d.phil d.sc ed.d ll.b ll.d ll.m m.ed m.phil m.sc ph.d psy.d th.d
"""

DEGREES = frozenset(_DEGREES.split())
"""Academic degrees."""

BEFORE_MORE = frozenset(_BEFORE_MORE.split())
"""Abbreviations that end no sentence, in small letters and without the stop: a name or number follows."""

EVEN_LAST = frozenset(_EVEN_LAST.split()) | DEGREES
"""Abbreviations that may end a sentence."""

ABBREVIATIONS = BEFORE_MORE | EVEN_LAST

ALSO_WORDS = frozenset({"cal", "ed", "mob", "min", "para", "que", "rec", "rep", "sat", "spec", "sun", "wed"})
"""Those that are words as well: in small letters and before a capital, words."""
