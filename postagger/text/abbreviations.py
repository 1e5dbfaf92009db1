"""English abbreviations that end in a full stop."""

from __future__ import annotations

_BEFORE_MORE = """
    adm asst att attn aug ave brig ca capt cf cmdr col comdr cpl dept det dr drs e.g eg ens eq esp est
    ext fig figs fr ft gen gov govt hon i.e ie incl insp jan feb apr jun jul sept oct nov dec lt maj messrs mlle
    mme mr mrs ms msgr mt natl no nos ofc op oct para pp pres prof pvt rep reps rev rt sec sen sens sgt
    sr st ste supt univ viz vol vols vs v
"""
_EVEN_LAST = """
    a.k.a a.m al ala approx ariz arr arrv assn assoc b.c bldg blvd bros calif co colo conn conf corp ct cu d.c
    dep ed eds etc eve f.o.b fla fri ga hrs hr hwy inc info jr kan kg km lb lbs llc lv ltd mass max mfg
    mich min mins minn misc mo mob mon o.k okla ore oz p.m p.o p.s penn ph plc que rd rec sat sc sec
    spec sq sun t.v tel tenn tex thu thur thurs tue tues u.k u.n u.s va vt wash wed wis yr yrs yd
"""

BEFORE_MORE = frozenset(_BEFORE_MORE.split())
"""Abbreviations that end no sentence, in small letters and without the full stop: a name or number follows."""

EVEN_LAST = frozenset(_EVEN_LAST.split())
"""Abbreviations that may end a sentence."""

ABBREVIATIONS = BEFORE_MORE | EVEN_LAST
