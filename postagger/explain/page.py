"""Explanations as one HTML page, which needs nothing else: of one tagger, or of several beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from postagger.explain.explanation import Explanation, Reason
from postagger.explain.nearest import NearestContexts

_STYLE = Path(__file__).with_name("page.css")


def explanation_page(
    taggers: Mapping[str, Sequence[Explanation]],
    nearest: Mapping[str, Sequence[NearestContexts]] | None = None,
) -> str:
    """A page with an entry for each word of a sentence, which opens to its explanations.

    Words on whose tags the taggers differ are marked, and open.

    Args:
        taggers: for each tagger, by a name, the explanations of all words of the same sentence, in order.
        nearest: by the same names, the nearest training tokens of the same words; some taggers may have none.

    Raises:
        ValueError: the sentences differ, or words are missing.
    """
    words = _common_words(taggers)
    near = nearest or {}
    entries = "\n".join(
        _entry(
            {name: each[place] for name, each in taggers.items()},
            {name: each[place] for name, each in near.items()},
            word,
        )
        for place, word in enumerate(words)
    )
    differ = sum(_differs(each) for each in zip(*taggers.values(), strict=True))
    note = f" They differ in {differ} of {len(words)} words, which are marked ≠." if len(taggers) > 1 else ""
    return _PAGE.format(
        title=escape(" ".join(words)),
        style=_STYLE.read_text(encoding="utf-8"),
        taggers=" and ".join(f"<b>{escape(name)}</b>" for name in taggers),
        note=note,
        near=_NEAR if near else "",
        count=len(taggers),
        names="".join(f"<span>{escape(name)}</span>" for name in taggers),
        entries=entries,
    )


def _common_words(taggers: Mapping[str, Sequence[Explanation]]) -> tuple[str, ...]:
    """The words of the sentence that all explain.

    Raises:
        ValueError: the sentences differ, or words are missing.
    """
    first = next(iter(taggers.values()), ())
    words = first[0].words if first else ()
    for each in taggers.values():
        complete = [found.position for found in each] == list(range(len(words)))
        if not complete or any(found.words != words for found in each):
            raise ValueError("each tagger needs the explanations of all words of one sentence, in order")
    return words


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Why these tags: {title}</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>Why these tags?</h1>
<p class="sentence" dir="auto">{title}</p>
<p>What counted for each tag, according to {taggers}.{note} Open a word to see how far each word of
the sentence speaks for its tag (<span class="for">blue, +</span>) or for the next best one
(<span class="against">orange, &minus;</span>), in nats: the amounts add up to the logarithm of the ratio of
the two tags' probabilities (integrated gradients, Sundararajan et al. 2017).{near}</p>
<div class="words" style="--taggers: {count}">
<div class="names row" aria-hidden="true"><span>word</span>{names}</div>
{entries}
</div>
</main>
</body>
</html>
"""


_NEAR = """ Below these amounts are the training tokens whose hidden states are most similar to the word's,
that is, those that looked the same to the network, with the cosine (1 is the same direction) and their gold
tags (deep k-nearest neighbors, Papernot and McDaniel 2018)."""


def _differs(found: Sequence[Explanation]) -> bool:
    return len({each.tag for each in found}) > 1


def _entry(taggers: Mapping[str, Explanation], near: Mapping[str, NearestContexts], word: str) -> str:
    """A word, the tag that each tagger gives it, and behind it the explanations."""
    differs = _differs(list(taggers.values()))
    tags = "".join(
        f'<span class="tag" title="{escape(name)}"><b>{escape(each.tag)}</b> {each.probability:.2f}</span>'
        for name, each in taggers.items()
    )
    mark = '<span class="mark" title="the taggers differ">≠</span>' if differs else ""
    panels = "".join(_panel(name, each, near.get(name)) for name, each in taggers.items())
    state = ' class="differs" open' if differs else ""
    return (
        f'<details{state}><summary class="row">'
        f'<span class="word" dir="auto">{escape(word)}</span>{tags}{mark}</summary>'
        f'<div class="panels">{panels}</div></details>'
    )


def _panel(name: str, found: Explanation, near: NearestContexts | None) -> str:
    largest = max((abs(reason.attribution) for reason in found.reasons), default=0.0) or 1.0
    shades = " ".join(_shaded(reason, found, largest) for reason in found.reasons)
    rows = "".join(_rows(reason, found) for reason in found.reasons)
    tag, against = escape(found.tag), escape(found.against)
    return f"""<section>
<h2>{escape(name)}</h2>
<p><b>{tag}</b> {found.probability:.3f} rather than <b>{against}</b> {found.against_probability:.3f}:
{signed(found.margin)} nats, of them {signed(found.start)} with all words masked.</p>
<p class="shades" dir="auto">{shades}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Amounts for {tag}"><table>
<tr><th scope=col>word, part</th><th scope=col>for {tag}</th><th scope=col>without it</th></tr>
{rows}</table></div>
{"" if near is None else _nearest(near)}</section>
"""


def _nearest(found: NearestContexts) -> str:
    """The nearest training tokens in their contexts, with their own words below each other."""
    rows = "".join(
        f"<tr><td>{each.similarity:.3f}</td><td{'' if each.tag == found.tag else ' class=other'}>"
        f"{escape(each.tag)}</td><td dir=auto>{escape(' '.join(each.before))} <b>{escape(each.word)}</b> "
        f"{escape(' '.join(each.after))}</td></tr>\n"
        for each in found.neighbours
    )
    tag = escape(found.tag)
    count = f"{found.agreeing} of the {len(found.neighbours)} nearest training tokens"
    return f"""<p>{count} {"is" if found.agreeing == 1 else "are"} <b>{tag}</b>:</p>
<div class="scroll" tabindex="0" role="region" aria-label="Nearest training tokens"><table class="near">
<tr><th scope=col>cosine</th><th scope=col>gold</th><th scope=col>in its context</th></tr>
{rows}</table></div>
"""


def _shaded(reason: Reason, found: Explanation, largest: float) -> str:
    """A word on a ground as strong as its share."""
    share = abs(reason.attribution) / largest
    kind = "for" if reason.attribution > 0 else "against"
    own = " own" if reason.position == found.position else ""
    amount = f"{called(reason)}: {signed(reason.attribution)}"
    return (
        f'<span class="{kind}{own}" style="--share: {share:.2f}" title="{escape(amount)}">'
        f"{escape(called(reason))}</span>"
    )


def _rows(reason: Reason, found: Explanation) -> str:
    """The rows of a word and, if it is the explained one, of its parts."""
    without = f"{escape(reason.tag_without)} ({escape(found.tag)} {reason.probability_without:.2f})"
    if reason.tag_without == found.tag:
        without = f"{escape(found.tag)} {reason.probability_without:.2f}"
    own = reason.position == found.position
    name = f"<b>{escape(called(reason))}</b>" if own else escape(called(reason))
    rows = [f"<tr><td>{name}</td><td>{signed(reason.attribution)}</td><td>{without}</td></tr>\n"]
    for part in reason.parts if own else ():
        known = "" if part.known else " (unknown)"
        shown = f"{escape(part.name)} {escape(part.text)}{known}"
        rows.append(f'<tr class="part"><td>{shown}</td><td>{signed(part.attribution)}</td><td></td></tr>\n')
    return "".join(rows)


def called(reason: Reason) -> str:
    return reason.word if reason.word else "[before]" if reason.position < 0 else "[after]"


def signed(number: float) -> str:
    return f"{round(number, 2) + 0.0:+.2f}".replace("-", "\N{MINUS SIGN}")
