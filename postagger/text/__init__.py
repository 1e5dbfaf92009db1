"""Untagged text: loads it, splits it into sentences and tokens, and writes it with tags. No torch here.

abbreviations  English abbreviations
sentences      splits text into sentences
treebank       the Penn treebank's rules for tokens, as NLTK applies them
addresses      addresses, hashtags, mentions and emoji, which stay whole
words          words of any language by Unicode's rules
penn           the Penn treebank's rules with any quotes, addresses and emoji
universal      Universal Dependencies' rules for English
pieces         cuts text piece by piece and keeps what was cut
tokenize       the three tokenisers
tokens         Token, Sentence
segment        text -> sentences of tokens with their places
style          what the words of a training set tell about its rules and scripts
lines          reads lines as they arrive
predicted      what is predicted for a token, with its probability
content        what a layout has read, in a form that every other one can be written from
layout         the base class of layouts
json_lines     JSON lines
table          CSV and TSV with a header
raw            raw text with the places of its tokens
convert        writes what one layout has read in another one, with probabilities if they are asked for
layouts        layouts of text: where its sentences are, and how they are written with their tags
detect         detects the layout of a text
tag_text       tags text sentence by sentence
plain          loads text for training without tags
"""

from postagger.text.convert import Output, OutputFormat
from postagger.text.layouts import TextFormat
from postagger.text.plain import load_text
from postagger.text.predicted import Predicted, PredictedSentence
from postagger.text.segment import SentenceMode, segment
from postagger.text.tag_text import tag_text
from postagger.text.tokenize import Rules, tokenize
from postagger.text.tokens import Sentence, Token

__all__ = [
    "Output",
    "OutputFormat",
    "Predicted",
    "PredictedSentence",
    "Rules",
    "Sentence",
    "SentenceMode",
    "TextFormat",
    "Token",
    "load_text",
    "segment",
    "tag_text",
    "tokenize",
]
