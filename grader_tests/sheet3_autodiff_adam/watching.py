"""Watches how a student's function computes: how often it evaluates exp and sin, and whether a library differentiates
for it.
"""

from __future__ import annotations

from sheetgrader import probe


@probe
def watch(function, x, forbidden):
    """Call ``function(x)`` and return its value with what was seen meanwhile.

    Evaluations are counted number by number, so an array of three counts three times; objects of the student's own,
    such as dual numbers, do not count, as their methods call exp and sin themselves.
    """
    import cmath
    import math
    import sys

    import numpy
    import torch

    counts = {"exp": 0, "sin": 0}
    seen = []
    inside = []

    def numbers_in(value):
        if isinstance(value, torch.Tensor):
            return value.numel(), value.is_complex()
        array = numpy.asarray(value)
        return (array.size if array.dtype.kind in "biufc" else 0), array.dtype.kind == "c"

    def counting(kind, original):
        def counted(*arguments, **keywords):
            # A function that calls another counted one, as torch's methods may, counts once.
            if not inside and arguments:
                size, is_complex = numbers_in(arguments[0])
                counts[kind] += size
                if is_complex:
                    seen.append("complex")
            inside.append(kind)
            try:
                return original(*arguments, **keywords)
            finally:
                inside.pop()

        return counted

    places = []
    for kind in counts:
        places += [(kind, module, kind) for module in (math, cmath, numpy, torch)]
        places += [(kind, torch.Tensor, kind), (kind, torch.Tensor, kind + "_")]
    places += [
        ("exp", numpy, "expm1"),
        ("exp", math, "expm1"),
        ("exp", torch, "expm1"),
        ("exp", numpy, "exp2"),
        ("exp", torch, "exp2"),
    ]
    replaced = {}
    undo = []
    for kind, place, name in places:
        original = getattr(place, name)
        replaced[id(original)] = counting(kind, original)
        own = name in vars(place)
        undo.append((place, name, original, own))
        setattr(place, name, replaced[id(original)])

    def with_counting(value, depth=3):
        # What holds no counted function stays the same object: a tape must not become two.
        if id(value) in replaced:
            return replaced[id(value)]
        if depth == 0 or type(value) not in (dict, list, tuple) or len(value) > 100:
            return value
        old = list(value.values()) if type(value) is dict else list(value)
        new = [with_counting(part, depth - 1) for part in old]
        if all(one is other for one, other in zip(new, old, strict=True)):
            return value
        return dict(zip(value, new, strict=True)) if type(value) is dict else type(value)(new)

    # Functions that were imported by name, and tables of functions.
    namespace = getattr(function, "__globals__", {})
    held = {name: value for name, value in namespace.items() if with_counting(value) is not value}
    namespace.update({name: with_counting(value) for name, value in held.items()})

    code = getattr(forbidden, "__code__", None)
    libraries = ("sympy", "mpmath", "autograd", "jax", "numdifftools", "casadi")
    differentiating = ("scipy.differentiate", "scipy.optimize", "torch.autograd", "torch._functorch", "torch.func")

    def observe(frame, event, _argument):
        if event != "call":
            return
        module = str(frame.f_globals.get("__name__", ""))
        if code is not None and frame.f_code is code:
            seen.append("forbidden")
        elif module.split(".")[0] in libraries or (
            module.startswith(differentiating) and not module.endswith("grad_mode")
        ):
            seen.append("library")

    before = sys.getprofile()
    sys.setprofile(observe)
    try:
        value = function(x)
    finally:
        sys.setprofile(before)
        namespace.update(held)
        for place, name, original, own in reversed(undo):
            if own:
                setattr(place, name, original)
            else:
                delattr(place, name)
    return {"value": value, "exp": counts["exp"], "sin": counts["sin"], "seen": sorted(set(seen))}
