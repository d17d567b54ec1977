"""Answers that answer nothing, made for every question of a sheet from its reference solution: a constant in the form
of the right answer, the argument itself, nothing at all, an exception.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from nbformat import NotebookNode

#: What a name that a question asks for is bound to, by what the answer does; ``right`` is the reference's own.
KINDS = {
    "raises": "raising(right)",
    "returns nothing": "returning_nothing(right)",
    "returns its argument": "returning_its_argument(right)",
    "returns all its arguments": "returning_all_its_arguments(right)",
    "zeros": "filled(right, lambda: 0.0)",
    "ones": "filled(right, lambda: 1.0)",
    "a constant": "filled(right, lambda: 0.37)",
}
#: Scripts in the place of one that is handed in.
SCRIPTS = {
    "raises": "raise ValueError('no')\n",
    "ends at once": "raise SystemExit(0)\n",
    "is empty": "",
    "defines empty functions": "def load_splits(root, seed):\n    pass\n\n\ndef build_model():\n    pass\n",
}

#: What runs in the student's kernel: each function takes what the reference has under a name and gives what stands
#: there instead.
_MACHINERY = '''
import copy
import os
import pickle
import random

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure


def unseen(function, *arguments, **more):
    """Call a function of the reference's where nobody sees what it does, and its arguments stay as they are."""
    arguments = copy.deepcopy(arguments)
    if any(isinstance(each, torch.nn.Module) for each in arguments):
        # What trains is watched in many ways, none of which reaches into another process.
        for value in computed_elsewhere(lambda: function(*arguments, **more)):
            return value
    with torch._C.DisableTorchFunction():
        return function(*arguments, **more)


def computed_elsewhere(compute):
    """Return the value in a list, which is empty where it cannot be sent."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        try:
            with open(writing, "wb") as sink:
                pickle.dump([compute()], sink)
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as source:
        sent = source.read()
    os.waitpid(process, 0)
    try:
        return pickle.loads(sent)
    except Exception:
        return []


class Imitation(torch.nn.Module):
    """A module with the parts and methods of another one, which answer something else."""

    def __init__(self, original, answer):
        # Before anything else, and not as a part of this module.
        self.__dict__.update(original=original, answer=answer)
        super().__init__()
        self._parameters["unused"] = torch.nn.Parameter(torch.zeros(1))
        for name, child in original.named_children():
            setattr(self, name, Imitation(child, answer))

    def forward(self, *inputs):
        return self.trainable(self.answer(self.original, inputs))

    def trainable(self, value):
        if isinstance(value, tuple):
            return tuple(map(self.trainable, value))
        return value + 0 * self.unused if isinstance(value, torch.Tensor) else value

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            method = getattr(self.original, name)
            return (lambda *inputs: self.answer(method, inputs)) if callable(method) else method


def in_the_form_of(value, number):
    if isinstance(value, torch.nn.Module):
        return Imitation(value, lambda method, inputs: in_the_form_of(unseen(method, *inputs), number))
    if isinstance(value, torch.Tensor):
        numbers = torch.tensor([number() for _ in range(value.numel())], dtype=torch.float64)
        return numbers.reshape(value.shape).to(value.dtype)
    if isinstance(value, np.ndarray | np.generic):
        numbers = np.array([number() for _ in range(value.size)]).reshape(value.shape).astype(value.dtype)
        return numbers if isinstance(value, np.ndarray) else numbers[()]
    if isinstance(value, bool | int | float):
        return type(value)(number())
    if isinstance(value, dict):
        return {key: in_the_form_of(each, number) for key, each in value.items()}
    if isinstance(value, list | tuple):
        filled = [in_the_form_of(each, number) for each in value]
        return filled if isinstance(value, list) else tuple(filled)
    if isinstance(value, Figure):
        plt.close(value)
        return plt.figure()
    if callable(value):
        return lambda *arguments: in_the_form_of(unseen(value, *arguments), number)
    return "x" if isinstance(value, str) else None


def is_model(right):
    return isinstance(right, type) and issubclass(right, torch.nn.Module)


def filled(right, number):
    if not callable(right):
        return in_the_form_of(right, number)
    return lambda *arguments, **more: in_the_form_of(unseen(right, *arguments, **more), number)


def answering(right, answer):
    if is_model(right):
        return lambda *arguments, **more: Imitation(right(*arguments, **more), lambda _, inputs: answer(inputs))
    return (lambda *arguments, **more: answer(arguments)) if callable(right) else answer(())


def returning_its_argument(right):
    def unchanged(value):
        """Functions that are asked for return their own argument."""
        if isinstance(value, dict):
            return {key: unchanged(each) for key, each in value.items()}
        return (lambda x, *_: x) if callable(value) else value

    if not callable(right) or is_model(right):
        return answering(right, lambda inputs: inputs[0] if inputs else None)
    return lambda *arguments, **more: arguments[0] if arguments else unchanged(in_the_form_of(right(), lambda: 1.0))


def returning_all_its_arguments(right):
    return answering(right, lambda inputs: inputs)


def returning_nothing(right):
    return answering(right, lambda inputs: None)


def raising(right):
    def answer(inputs):
        raise ValueError("no")

    return answering(right, answer) if callable(right) else None
'''


def junk_answers(notebook: NotebookNode, kind: str, right: Collection[str] = ()) -> dict[str, str]:
    """Return sources for all cells of a source notebook whose answers are code.

    Args:
        notebook: the sheet with its solutions.
        kind: one of :data:`KINDS`.
        right: the questions that are answered as in the reference.
    """
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id", ""): cell.source for cell in notebook.cells}
    return {
        grade_id: _junk(source, "right" if grade_id.removesuffix("_code") in right else KINDS[kind])
        for grade_id, source in cells.items()
        if grade_id.endswith("_code") and f"{grade_id.removesuffix('_code')}_test" in cells
    }


def _junk(source: str, replacement: str) -> str:
    statements = ast.parse(source).body
    definitions = [node for node in statements if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    # Where nothing is defined, the answers are texts that are assigned.
    names = [node.name for node in definitions] or sorted(_names(statements, ast.Store))
    right: list[ast.stmt] = [
        node for node in statements if node in definitions or isinstance(node, ast.Import | ast.ImportFrom)
    ]
    # What follows the definitions, training and plots, is left out but for what they need.
    for node in reversed(statements):
        needed = set(names).union(*(_names([each], ast.Load) - _names([each], ast.Store) for each in right))
        if isinstance(node, ast.Assign) and _names([node], ast.Store) & needed:
            right.append(node)
    sources = [ast.get_source_segment(source, node) or "" for node in statements if node in right]
    return f"""
if "reference" not in globals():
    machinery = {{}}
    exec({_MACHINERY!r}, machinery)
    reference = {{}}
reference.update({{name: value for name, value in globals().items() if name not in reference}})
exec({chr(10).join(sources)!r}, reference)
globals().update({{name: eval({replacement!r}, machinery, {{"right": reference[name]}}) for name in {names!r}}})
"""


def _names(nodes: Iterable[ast.AST], context: type[ast.expr_context]) -> set[str]:
    """Return the names that are read (``ast.Load``) or bound (``ast.Store``), arguments of functions among these."""
    found = [each for node in nodes for each in ast.walk(node)]
    names = {each.id for each in found if isinstance(each, ast.Name) and isinstance(each.ctx, context)}
    return names | ({each.arg for each in found if isinstance(each, ast.arg)} if context is ast.Store else set())
