"""What crosses of a training: how much a record of it holds, and in which files a checkpoint's answers stand."""

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
#: What is written: sentences and shapes; then for each part of the data the answers.
ANSWER: Final = "answer.json"
PARTS: Final = ("train", "validation", "test")
#: For each part, arrays with one row an input.
KINDS: Final = ("predictions", "labels", "inputs")
