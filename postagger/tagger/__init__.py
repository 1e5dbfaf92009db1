"""What a user holds, and how it comes about.

lessons         what is learned beside the main corpus, without what must stay unseen
assembly        lessons -> encoding, networks on one body, training -> parts
parts           what a tagger is made of, and its file
keeping         what is trained on the way, kept for the next time
bodies          transfer learning: the body to start with
teaching        what teachers make of plain text
learning        all of it in the order that a config asks for
nltk_interface  NLTK's TaggerI, with no import of NLTK
base            what every tagger can do, ours and others
streaming       any number of sentences, in chunks, several at a time
tagger          Tagger
ensemble        several taggers as one
"""

from postagger.tagger.base import SentenceTagger
from postagger.tagger.ensemble import Ensemble
from postagger.tagger.learning import learn_teacher, teacher_file
from postagger.tagger.streaming import checked
from postagger.tagger.tagger import Tagger
from postagger.tagger.teaching import further_basis, teacher_configs

__all__ = [
    "Ensemble",
    "SentenceTagger",
    "Tagger",
    "checked",
    "further_basis",
    "learn_teacher",
    "teacher_configs",
    "teacher_file",
]
