"""Saves and loads taggers, each as one safetensors file.

model_file       weights and metadata in one file, written atomically
training_record  what a tagger was trained on, and with what result
migration        metadata of earlier file formats
shapes           the weights that a file must have
checkpoint       weights, vocabularies, tag sets, lexicon and training record in one object
"""

from postagger.checkpoint.checkpoint import (
    Checkpoint,
    read_checkpoint,
    write_checkpoint,
    write_checkpoints,
)
from postagger.checkpoint.model_file import check_writable, model_files
from postagger.checkpoint.shapes import Weights, is_built_in
from postagger.checkpoint.training_record import TrainingRecord, VectorsRecord

__all__ = [
    "Checkpoint",
    "TrainingRecord",
    "VectorsRecord",
    "Weights",
    "check_writable",
    "is_built_in",
    "model_files",
    "read_checkpoint",
    "write_checkpoint",
    "write_checkpoints",
]
