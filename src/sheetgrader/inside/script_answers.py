"""Asks a training script's functions, in a sandbox of their own: what importing it writes and which data sets
``load_splits`` gives, or what the network of ``build_model`` is made of and which scores it gives for the inputs that
are here.

All that comes back is a claim by this process: what each call came to as JSON, and arrays in files of their own. What
is known is written at once, so that a later call that ends this process does not take it along.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sheetgrader.boundary import trainings
from sheetgrader.boundary.fingerprints import fingerprints
from sheetgrader.inside.definitions import import_definitions
from sheetgrader.inside.network_layers import distances_from_affine

_BATCH: Final = 1000
_LONGEST_TEXT: Final = 300


def main(question: str, folder: str, script: str, calls: str = "[]") -> None:
    """Write into ``folder`` what ``script`` answers.

    Args:
        question: ``LOAD_SPLITS`` or ``BUILD_MODEL``.
        folder: where answers are written.
        script: its path in the current folder.
        calls: of ``load_splits``, as JSON: the data's folder, the seed, and what is to be written of the examples.
    """
    # A command line that no script knows: one that reads it when it is imported ends there, and trains nothing.
    sys.argv = [script, "--imported"]
    name = ".".join(PurePosixPath(script).with_suffix("").parts)
    answers = _Answers(Path(folder))
    answers.ask(trainings.WRITTEN, lambda: _written_by_import(name))
    # Where importing it fails, what it defines will do: one mistake costs once.
    module = sys.modules.get(name) or import_definitions(script, name)
    if question == trainings.LOAD_SPLITS:
        for number, (root, seed, kinds) in enumerate(json.loads(calls)):
            answers.ask(str(number), partial(_splits, answers.folder / str(number), module, root, seed, kinds))
    else:
        import numpy as np
        import torch

        inputs = {part: torch.from_numpy(np.load(f"{part}_{trainings.INPUTS}.npy")) for part in trainings.PARTS}
        answers.ask(trainings.LAYERS, lambda: distances_from_affine(module.build_model(), inputs["train"]))
        answers.ask(trainings.SCORES, lambda: _scores(answers.folder, module.build_model(), inputs))


class _Answers:
    """The file that says what each call came to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._found: dict[str, Any] = {}

    def ask(self, name: str, call: Callable[[], Any]) -> None:
        try:
            self._found[name] = {"value": call()}
        except BaseException as error:  # noqa: BLE001  # the script's functions may end themselves, too
            text = " ".join(str(error).split())[:_LONGEST_TEXT]
            self._found[name] = {"raised": type(error).__name__, "text": text}
        (self.folder / trainings.ANSWER).write_text(json.dumps(self._found), encoding="utf-8")


def _written_by_import(name: str) -> list[str]:
    before = _files()
    importlib.import_module(name)
    return sorted(_files() - before)


def _files() -> set[str]:
    return {str(path) for path in Path().rglob("*") if path.is_file() and path.suffix != ".pyc"}


def _splits(stem: Path, script: Any, root: str, seed: int, kinds: list[str]) -> int:
    """Write the data sets that the script gives into files whose names begin with ``stem``, and return how many they
    are.
    """
    import numpy as np

    parts = list(script.load_splits(Path(root), seed))
    for name, part in zip(trainings.PARTS, parts, strict=False):
        pairs = [part[index] for index in range(len(part))]
        inputs = np.stack([_array(x) for x, _ in pairs]) if pairs else np.zeros((0, 1))
        labels = np.array([int(y) for _, y in pairs], dtype=np.int64)
        arrays = {trainings.INPUTS: inputs, trainings.LABELS: labels, trainings.FINGERPRINTS: fingerprints(inputs)}
        for kind in kinds:
            np.save(f"{stem}_{name}_{kind}.npy", arrays[kind])
    return len(parts)


def _array(x: Any) -> Any:
    """Return what a data set gives in the type that a network takes."""
    import numpy as np
    import torch

    if isinstance(x, torch.Tensor):
        return x.detach().numpy()
    return x if isinstance(x, np.ndarray) else np.asarray(x, dtype=np.float32)


def _scores(folder: Path, model: Any, inputs: dict[str, Any]) -> str:
    """Write the scores that the saved model gives; return what is wrong where its weights are another model's."""
    import numpy as np
    import torch

    try:
        model.load_state_dict(torch.load(trainings.CHECKPOINT, map_location="cpu", weights_only=True))
    except RuntimeError as error:
        return str(error).replace("\n\t", " ")[:_LONGEST_TEXT]
    model.eval()
    with torch.no_grad():
        for name, x in inputs.items():
            scores = torch.cat([model(x[start : start + _BATCH]) for start in range(0, len(x), _BATCH)])
            np.save(folder / f"{name}_{trainings.SCORES}.npy", scores.double().numpy())
    return ""
