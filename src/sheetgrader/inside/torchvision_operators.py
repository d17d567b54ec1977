"""Lets torchvision be imported beside a PyTorch that its compiled operators were not built for.

Such a pair is common where PyTorch comes without CUDA: torchvision's compiled library then does not load, and ``import
torchvision`` fails at the first of its operators that the Python code describes further. :func:`install` declares those
two, without anything behind them, when an import has failed for want of them, and tries once more. Data sets and
transforms need no operator; where one is called, torchvision itself says that it is missing. With packages that match,
the first import succeeds and nothing is declared.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any, Final

_PACKAGE: Final = "torchvision"
_SCHEMES: Final = tuple(
    f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor" for name in ("nms", "qnms")
)
#: PyTorch forgets a declaration when the library object that made it is gone.
_libraries: Final[list[Any]] = []


def install() -> None:
    """Have every later ``import torchvision`` of this process, and of those forked from it, mended if need be; harmless
    the second time.
    """
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds torchvision as Python does, with a loader that does not give up at once."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname == _PACKAGE else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        try:
            super().exec_module(module)
        except RuntimeError as error:
            if f"operator {_PACKAGE}::" not in str(error):
                raise
            _declare()
            # What was imported halfway would be taken for the whole.
            for name in [name for name in sys.modules if name.startswith(f"{_PACKAGE}.")]:
                del sys.modules[name]
            super().exec_module(module)


def _declare() -> None:
    from torch.library import Library

    library: Any = Library(_PACKAGE, "DEF")  # type: ignore[no-untyped-call]  # PyTorch annotates no argument of it
    for scheme in _SCHEMES:
        library.define(scheme)
    _libraries.append(library)
