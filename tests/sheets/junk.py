"""What answers may be instead of answers: expressions that return anything at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .sheets import SHEET1, SHEET2, SHEET3, SHEET4, AgreedSheet, Question

#: What the expressions use.
TOOLS: Final = """
import itertools

import numpy as np
import torch
from torch import nn

endless = []
endless.append(endless)


def fail(x):
    raise KeyError("no")


class Refusing:
    def __getattr__(self, name):
        raise OSError(name)

    def __array__(self, *arguments, **keywords):
        raise KeyError("no")


class Raising(nn.Module):
    def forward(self, x):
        raise KeyError("no")


class Unhelpful(Raising):
    def parameters(self, *arguments):
        raise ValueError("none of your business")


class Pretending(nn.Module):
    encoder = decoder = "a text"

    def parameters(self, *arguments):
        raise ValueError("none")

    def modules(self):
        return None

    def forward(self, x):
        return None


class Model(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Parts(Model):
    def __init__(self, encoder, decoder):
        super().__init__(encoder, decoder)
        self.mu_layer = self.logvar_layer = encoder

    def reparameterise(self, *values):
        return "a sample"


class Lambda(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.function(x)


class Returning(nn.Module):
    def __init__(self, value):
        super().__init__()
        self.value = value

    def forward(self, x):
        return self.value


class Scaling(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return x * self.factor * self.weight


class Integers(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(32, dtype=torch.int64), requires_grad=False)

    def forward(self, x):
        return x * self.weight.sum()
"""

_ANYWHERE: Final = {
    "None": "None",
    "text": "'a number'",
    "an object": "object()",
    "not finite": "float('inf')",
    "a huge integer": "10**400",
    "nothing at all": "[]",
    "a ragged list": "[[1.0, 2.0], [3.0]]",
    "a list in itself": "endless",
    "an array of objects": "np.array([object(), None])",
    "an object that refuses": "Refusing()",
}
_SHAPED: Final = {
    "NaN in the right shape": "np.full(np.shape(values[0] if values else 0.0), np.nan)",
    "huge in the right shape": "np.full(np.shape(values[0] if values else 0.0), 1e308)",
}
JUNK: Final[Mapping[AgreedSheet, Mapping[str, str]]] = {
    SHEET1: {
        **_ANYWHERE,
        **_SHAPED,
        "complex numbers": "np.full(np.shape(values[0] if values else 0.0), 1j)",
        "three objects": "(object(), None, 'x')",
        "three huge arrays": "(np.full(3, 1e308), np.full(2, 1e308), np.full(2, 1e308))",
        "weights as large as floats go": "(np.zeros(4), -np.full(4, 1e308), 0.5)",
        "functions of numbers that are none": (
            "{'f': lambda x: 'x', 'gradient': lambda x: None, 'hessian': lambda x: x * 1e308, 'start': 1e308}"
        ),
        "functions that raise": (
            "{'f': lambda x: 1 / 0, 'gradient': lambda x: x - 1, 'hessian': lambda x: 1, 'start': 3}"
        ),
    },
    SHEET2: {
        **_ANYWHERE,
        **_SHAPED,
        "two objects": "(object(), None)",
        "three huge arrays": "tuple(np.full(np.shape(each), 1e308) for each in values[-3:])",
        "five huge numbers": "(np.full(3, 1e308),) * 4 + (1e308,)",
        "lists of texts": "{'train_loss': ['a'], 'validation_loss': None, 5: 'a', 0.05: object()}",
        "models that are none": "{5: SVC(), 0.05: SVC}",
        "a module without parts": "nn.Linear(784, 784)",
        "a module with other parts": "Parts(nn.Linear(784, 3), object())",
        "a module with broken parts": "Parts(nn.Identity(), nn.Identity())",
        "a module that raises": "Unhelpful()",
        "a module in double precision": "Parts(nn.Linear(784, 2), nn.Linear(2, 784)).double()",
        "a class": "nn.Linear",
    },
    SHEET3: {
        **_ANYWHERE,
        **_SHAPED,
        "complex numbers": "np.full((3, 1), 1j)",
        "two objects": "(object(), None)",
        "three objects": "(object(), None, 'x')",
        "entries that are none": "[('a', 'exp', None), ('b', 3, ('a',)), (None,), 7]",
        "unhashable names": "[([], 'exp', ('x',)), ('b', [], ([],))]",
        "two huge arrays": "(np.full(3, 1e308), np.full(2, 1e308))",
        "three huge arrays": "(np.full(np.shape(values[0]) if values else 3, 1e308),) * 3",
        "three negative arrays": "(np.full(np.shape(values[0]) if values else 3, -1.0),) * 3",
        "four columns": "(np.zeros((660, 1)), np.zeros((660, 1)), np.zeros((340, 1)), np.zeros((340, 1)))",
        "four columns without rows": "(np.zeros((0, 1)),) * 4",
        "a dictionary of nothing": "{'too_big': None, 'too_small': (), 'scheduled': ([], [])}",
        "a dictionary of texts": "{'too_big': ('a', 'b'), 'too_small': ('a', 'b'), 'scheduled': ('a', 'b')}",
        "two hundred losses": "list(range(200, 0, -1))",
        "a module without weights": "nn.Identity()",
        "a module with other weights": "nn.Linear(5, 7)",
        "a module that raises": "Raising()",
        "a module that returns objects": "Returning(object())",
        "a module that returns NaN": "Returning(torch.full((3, 1), torch.nan))",
        "a module in double precision": "nn.Linear(1, 1).double()",
        "a module that stores integers": "Integers()",
        "a module with huge outputs": "Scaling(1e300)",
        "a module whose outputs change their sign": "Scaling(-1e30)",
        "a class": "nn.Linear",
        "a huge array": "np.zeros((4000, 4000))",
        "an iterator without an end": "itertools.count()",
        "a generator": "(value for value in 'abc')",
    },
    SHEET4: {
        **_ANYWHERE,
        "a number": "7",
        "NaN": "np.full((100, 2), np.nan)",
        "complex numbers": "np.full((100, 2), 1j)",
        "an array over the limits": "np.zeros((3000, 3000))",
        "an array too large to send": "np.broadcast_to(np.float32(1), (10**6, 10**6))",
        "two objects": "(object(), None)",
        "two texts": "('a', 'b')",
        "two huge columns": "(np.full(3, 1e308), np.full(3, -1e308))",
        "two empty columns": "([], [])",
        "two whole numbers": "([10**400], [1.0])",
        "falling losses": "list(range(100, 0, -1))",
        "a dictionary": "{'panels': None, 'examples_seen': [1], 'losses': [2]}",
        "a class": "nn.Linear",
        "a module without parts": "nn.Identity()",
        "a module of texts": "Pretending()",
        "a module of one number": "Model(nn.Linear(2, 1), nn.Linear(1, 1))",
        "a module in double precision": "Model(nn.Linear(2, 1), nn.Linear(1, 2)).double()",
        "a module that puts out whole numbers": (
            "Model(Lambda(lambda x: x[:, :1].long()), Lambda(lambda z: z.expand(-1, 2).long()))"
        ),
        "a module of complex numbers": "Model(nn.Linear(2, 1), nn.Linear(1, 2)).to(torch.complex64)",
        "a figure": "__import__('matplotlib.pyplot').pyplot.figure()",
        "axes of text": "__import__('matplotlib.pyplot').pyplot.scatter(['a', 'b'], ['c', 'd']).figure",
        "an address over the limits": "'http://playground.tensorflow.org/#' + 'x' * 10**6",
        "an address of nonsense": (
            "'http://playground.tensorflow.org/#networkShape=a,b&noise=&=&&percTrainData=1e400&%ff%zz'"
        ),
        "an address of many digits": "'http://playground.tensorflow.org/#batchSize=' + '9' * 5000",
    },
}
#: The share of a question's points that junk may get by chance.
MOST: Final[Mapping[AgreedSheet, float]] = {SHEET1: 0.4, SHEET2: 0.5, SHEET3: 0.4, SHEET4: 0.4}


def doing(body: str, question: Question) -> str:
    """Return an answer to ``question`` all of whose functions and constructors have this body."""
    functions = (f"\n\ndef {name}(*values, **more):\n    {body}\n" for name in question.names)
    return TOOLS + "".join(functions)


def being(junk: str, question: Question) -> str:
    """Return an answer to ``question`` that gives this back wherever something is asked for."""
    if "(" in question.defines[0]:
        return doing(f"return {junk}", question)
    return TOOLS + "".join(f"\n\n{name} = {junk}\n" for name in question.names)
