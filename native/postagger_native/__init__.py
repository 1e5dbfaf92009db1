"""The native kernel of postagger: a network's word table, word features and arithmetic in C++."""

from postagger_native._kernel import BEST_ISA, Kernel
from postagger_native.characters import CharacterInfo, character_info

__all__ = ["BEST_ISA", "CharacterInfo", "Kernel", "character_info"]
