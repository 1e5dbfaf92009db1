"""Everything that reads what others wrote, by name."""

import fuzz_configs
import fuzz_corpora
import fuzz_folders
import fuzz_models
import fuzz_tagging
import fuzz_texts
from properties import Target

TARGETS: dict[str, Target] = {
    **fuzz_texts.TARGETS,
    **fuzz_corpora.TARGETS,
    **fuzz_configs.TARGETS,
    **fuzz_models.TARGETS,
    **fuzz_folders.TARGETS,
    **fuzz_tagging.TARGETS,
}
