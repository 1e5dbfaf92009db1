"""What a user holds.

nltk_interface  NLTK's TaggerI, with no import of NLTK
checks          arguments, checked before anything is done with them
base            what every tagger can do, ours and others
streaming       any number of sentences, in chunks, several at a time
tagger          Tagger
ensemble        several taggers as one
"""

from postagger.tagger.base import SentenceTagger
from postagger.tagger.ensemble import Ensemble
from postagger.tagger.streaming import checked
from postagger.tagger.tagger import Tagger

__all__ = ["Ensemble", "SentenceTagger", "Tagger", "checked"]
