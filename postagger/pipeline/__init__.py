"""What a config asks for, from corpora to a trained model.

datasets      what is learned beside the main corpus, without what must stay unseen
cache         what is trained on the way, kept for the next time
fit           data sets -> encoding, networks on one backbone, training -> a checkpoint
pretraining   transfer learning: the backbone to start with
distillation  what teachers make of plain text
plan          all of it in the order that a config asks for
"""

from postagger.pipeline.distillation import further_basis, teacher_configs
from postagger.pipeline.plan import learn, learn_teacher, teacher_file

__all__ = ["further_basis", "learn", "learn_teacher", "teacher_configs", "teacher_file"]
