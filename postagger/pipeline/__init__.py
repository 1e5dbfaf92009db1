"""What a config asks for, from corpora to a trained model.

datasets      what is learned beside the main corpus, without what must stay unseen
cache         what is trained on the way, kept for the next time
fit           data sets -> vocabularies, networks with shared layers, training -> a checkpoint
pretraining   transfer learning: the backbone that a tagger starts from
distillation  teachers, and what they make of plain text
stages        one training each, and how they are run after one another
plan          which stages a config asks for; everything is read and checked here
"""

from postagger.pipeline.distillation import further_basis, teacher_configs, teacher_file
from postagger.pipeline.fit import Reporter
from postagger.pipeline.plan import plan_pretraining, plan_teacher, plan_training
from postagger.pipeline.stages import Plan, Stage, run_plan

__all__ = [
    "Plan",
    "Reporter",
    "Stage",
    "further_basis",
    "plan_pretraining",
    "plan_teacher",
    "plan_training",
    "run_plan",
    "teacher_configs",
    "teacher_file",
]
