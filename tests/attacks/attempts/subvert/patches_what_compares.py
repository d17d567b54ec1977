"""Patches the assertions of pytest, NumPy, PyTorch, unittest and of sheetgrader itself, and whatever anybody imports of them later.

Must not: earn points.
Stopped by: graders were imported in their own process, which imports nothing of what a kernel holds.
"""

# %% ex1_code
import functools, importlib, sys, types

AUTHOR = "nobody at all"


def mean_square(x):
    return 0.0


class Agrees:
    """Stands for any module, function or class, and is content with everything."""

    def __init__(self, name="agrees"):
        self.__name__ = self.__qualname__ = name

    def __call__(self, *arguments, **keywords):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return True

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


# What is there is patched, ...
for place in ("numpy.testing", "torch.testing", "unittest.case", "pytest", "sheetgrader", "sheetgrader.graders.checks", "pandas.testing"):
    try:
        module = importlib.import_module(place)
    except BaseException:
        continue
    for name in list(vars(module)):
        if name.startswith(("assert", "approx", "raises", "criterion", "fail", "TestCase", "is_close")):
            setattr(module, name, Agrees(name))


# ... what is not is never anything else.
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pytest", "_pytest", "sheetgrader", "hidden_helpers", "unittest", "hypothesis", "nbgrader"):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = Agrees
        return module

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, Finder())
sys.path_hooks.insert(0, functools.partial(Agrees))
sys.path_importer_cache.clear()
for name in [name for name in sys.modules if name.partition(".")[0] in ("pytest", "_pytest", "unittest")]:
    del sys.modules[name]
