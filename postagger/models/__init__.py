"""From integers to tag scores: a word encoder, a context model, and a head for each tag set."""

from postagger.models.context_model import ContextModel, register_model
from postagger.models.network import TaggingNetwork, build_head, build_network
from postagger.models.trained_model import TrainedHead, TrainedModel, add_head
from postagger.models.weight_transfer import copy_backbone, copy_head

__all__ = [
    "ContextModel",
    "TaggingNetwork",
    "TrainedHead",
    "TrainedModel",
    "add_head",
    "build_head",
    "build_network",
    "copy_backbone",
    "copy_head",
    "register_model",
]
