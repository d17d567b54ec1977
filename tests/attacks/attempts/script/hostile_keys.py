"""Saves a state dict whose names are those of the wire's own marks, of Python's inner attributes, a megabyte long, or no text at all.

Must not: earn points, or stop the grading.
Attacks: ex5
Stopped by: names are texts like every other; the wire marks its own values so that no name is taken for one.
"""

# %% train.py
import os, sys, torch

os.mkdir("output")
one = torch.zeros(1)
names = {"$": one, "__class__": one, "weight.__init__": one, "\ud800": one, "x" * 10**6: one, "\x1b[2J\u202e": one, "id": one, "shape": one}
if sys.argv[sys.argv.index("--epochs") + 1] == "1":
    names = {"$": one, "dtype": one, "buffer": one, "weight": one}
torch.save(names, "output/model.pt")
