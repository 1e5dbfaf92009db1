"""From a config and its corpora to a trained model.

datasets      training sentences for each head, minus those that repeat dev or test
heads         tag sets, and heads kept from a backbone
cache         saved backbones and teachers, reused by later runs
material      what a network is trained with
fit           data sets -> vocabularies and networks with shared layers -> training -> a trained model
pretraining   transfer learning: the backbone that a tagger starts from
teachers      what a student can learn from: taggers, or anything that gives probabilities
distillation  teachers trained first, and the teachers' predictions for plain text
stages        the training stages of a plan
run_folder    what is done of a run, so that it can go on after an interruption
runner        runs the stages
plan          the stages that a config needs; all input is read and checked here
training      all of it: from corpora and a config to a checkpoint
"""

from postagger.pipeline.distillation import further_basis, teacher_configs, teacher_file
from postagger.pipeline.material import Reporter
from postagger.pipeline.plan import plan_pretraining, plan_teacher, plan_training
from postagger.pipeline.run_folder import RunFolder
from postagger.pipeline.runner import run_plan
from postagger.pipeline.stages import Plan, Stage
from postagger.pipeline.teachers import Teacher
from postagger.pipeline.training import pretrain_backbone, train_tagger

__all__ = [
    "Plan",
    "Reporter",
    "RunFolder",
    "Stage",
    "Teacher",
    "further_basis",
    "plan_pretraining",
    "plan_teacher",
    "plan_training",
    "pretrain_backbone",
    "run_plan",
    "teacher_configs",
    "teacher_file",
    "train_tagger",
]
