"""Integers to tag scores: a word encoder, a context model, and a head for a tag set."""

from postagger.models.network import TaggingNetwork, build_network

__all__ = ["TaggingNetwork", "build_network"]
