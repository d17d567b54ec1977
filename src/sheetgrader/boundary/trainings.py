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

#: The three data sets of a script; each has arrays with one row an example, in files called ``0_train_inputs.npy``.
PARTS: Final = ("train", "validation", "test")
INPUTS: Final = "inputs"
LABELS: Final = "labels"
FINGERPRINTS: Final = "fingerprints"
#: The functions that a script is asked for. Each is the name of the file that asks, so that what becomes of it can be
#: told in a sentence: "load_splits did not finish within 60 s".
LOAD_SPLITS: Final = "load_splits"
BUILD_MODEL: Final = "build_model"
#: What the network is asked with.
CHECKPOINT: Final = "model.pt"
#: What each call came to, by the call's number in ``load_splits``, or one of these names.
ANSWER: Final = "answer.json"
WRITTEN: Final = "written"
LAYERS: Final = "layers"
SCORES: Final = "scores"
