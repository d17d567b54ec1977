"""Hands in modules called numpy, sheetgrader, pytest, json and zmq, and poisons those that are imported already.

Must not: be imported by the trusted side, or earn points.
Stopped by: the trusted side's import path never names a submission's folder.
"""

# %% ex1_code
import sys, types

for name in ("pytest", "sheetgrader.grading", "hidden_helpers", "test_hidden"):
    sys.modules[name] = types.ModuleType(name)
import sheetgrader.boundary.encoding

sheetgrader.boundary.encoding.decode = lambda *arguments, **keywords: 1.0
# %% hand in
for name in ("numpy.py", "sheetgrader.py", "pytest.py", "json.py", "zmq.py", "sheetgrader/__init__.py"):
    path = folder / "modules" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("import os, sys; print('shadowed'); sys.exit(0)")
(folder / "numpy.py").write_text("raise SystemExit(0)")
(folder / "json.py").write_text("raise SystemExit(0)")
