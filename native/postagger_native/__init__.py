"""The native kernel of postagger: a network's word table, word features and arithmetic in C++."""

from postagger_native._kernel import BEST_ISA, Kernel
from postagger_native.characters import CharacterInfo, character_info

INTERFACE = 2
"""Increased whenever `Kernel` takes other arguments; postagger compares it with what it gives."""

__all__ = ["BEST_ISA", "INTERFACE", "CharacterInfo", "Kernel", "character_info"]
