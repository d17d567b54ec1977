"""What crosses of a training: how much a record of it holds, and in which files a script's answers stand."""

from __future__ import annotations

from typing import Final

#: Optimizers, steps and tensors of each whose numbers are kept, and numbers of each tensor.
TRACED_OPTIMIZERS: Final = 3
TRACED_STEPS: Final = 12
TRACED_TENSORS: Final = 8
TRACED_ENTRIES: Final = 64
#: Examples that are kept of all that are trained on.
FIRST_EXAMPLES: Final = 2000
#: In the place of a class where a loss pushes up no score alone.
NO_CLASS: Final = -1

#: The three data sets of a script, and what is written of each example.
PARTS: Final = ("train", "validation", "test")
KINDS: Final = ("inputs", "labels")
#: What a script is asked in a sandbox of its own. Each is the name of the file that asks, so that what becomes of it
#: can be told in a sentence: "load_splits did not finish within 60 s".
IMPORT: Final = "importing it"
LOAD_SPLITS: Final = "load_splits"
BUILD_MODEL: Final = "build_model"
#: Where the answers stand: what each call came to; arrays stand in files of their own.
ANSWER: Final = "answer.json"
#: The questions within a question.
WRITTEN: Final = "written"
LAYERS: Final = "layers"
SCORES: Final = "scores"
#: What the network is asked with.
CHECKPOINT: Final = "model.pt"
INPUTS: Final = "inputs"


def array_file(*words: object) -> str:
    """Return the name of the file that an array stands in."""
    return f"{'_'.join(map(str, words))}.npy"
