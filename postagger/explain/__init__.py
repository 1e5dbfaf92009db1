"""Why this tag? What every word of a sentence, and every part of a word, does for the tag of one of them.

A network weighs one tag against another by the log of the ratio of their probabilities, the margin.
Integrated gradients (Sundararajan et al. 2017) divide it among the numbers that the network is given: its
vectors grow from zero, which is what dropout leaves of a word of which nothing is to be known, to what they
are, and each number has as its attribution the slope on the way times the way. The attributions and the margin at the
start add up to the margin, but for what a sum over a finite number of points misses. So the way is divided
until that is little: finely where a network is steep.

A attribution says what the network does, not what it would do with another sentence: for that each word is hidden
in turn, and the sentence read again.
"""

from postagger.explain.explaining import explain
from postagger.explain.explanation import Explanation, Part, Reason

__all__ = ["Explanation", "Part", "Reason", "explain"]
