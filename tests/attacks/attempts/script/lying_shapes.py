"""Saves tensors of vast shapes over few numbers, with strides of nought, overlaps, and storages smaller than they say.

Must not: fill the grader's memory, or earn points.
Attacks: ex5
Stopped by: the numbers of a checkpoint are counted before they are copied, where it is opened; the wire takes a shape only where it fits the bytes.
"""

# %% train.py
import io, os, sys, zipfile, torch

os.mkdir("output")
if sys.argv[sys.argv.index("--epochs") + 1] == "1":
    torch.save({"weight": torch.zeros(1).expand(1 << 20, 1 << 20), "more": torch.zeros(1, 1, 1).expand(2**20, 2**20, 2**20)}, "output/model.pt")
else:
    saved = io.BytesIO()
    torch.save({"weight": torch.zeros(1, 40)}, saved)
    original = zipfile.ZipFile(saved)
    with zipfile.ZipFile("output/model.pt", "w") as cut:
        for entry in original.infolist():
            content = original.read(entry)
            cut.writestr(entry.filename, content[:8] if entry.filename.endswith("data/0") else content)
