"""Integers to tag scores: a word encoder, a context model, and a head for a tag set."""

from postagger.models.network import TaggingNetwork, build_head, build_network
from postagger.models.transfer import copy_backbone, copy_head

__all__ = ["TaggingNetwork", "build_head", "build_network", "copy_backbone", "copy_head"]
