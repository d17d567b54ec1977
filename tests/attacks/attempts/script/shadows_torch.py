"""Hands in modules called torch, numpy, json, pickle and sheetgrader beside its script, which know nothing but success.

Must not: be imported by the trusted side or where its checkpoint is opened, or earn points.
Attacks: ex5
Stopped by: checkpoints are opened with none of the group's files around; the trusted side's import path never names a submission's folder.
"""

# %% train.py
import importlib, os, sys

for name in [name for name in sys.modules if name.partition(".")[0] in ("torch", "json", "pickle")]:
    del sys.modules[name]
for name in ("torch", "json", "pickle", "numpy"):
    print(importlib.import_module(name).__file__)
os.makedirs("output", exist_ok=True)
sys.modules["torch"].save(None, "output/model.pt")
# %% hand in
import json

fake = f"""
import os
os.system("touch " + {json.loads((folder / "targets.json").read_text())["tripwire"]!r})
def load(*arguments, **keywords):
    return {{"weight": 0.0}}
def save(value, path):
    open(path, "w").write("trained")
"""
for name in ("torch.py", "numpy.py", "json.py", "pickle.py", "sheetgrader.py", "msgspec.py", "sitecustomize.py", "usercustomize.py"):
    (folder / name).write_text(fake)
