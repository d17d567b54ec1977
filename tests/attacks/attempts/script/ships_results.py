"""Hands in weights and metrics that were made elsewhere where its script is to write them, and a script that does nothing.

Must not: have what was handed in counted as trained.
Attacks: ex5
Stopped by: a run begins without the group's files in its output folder; data are new for each group.
"""

# %% train.py
import os

os.makedirs("output", exist_ok=True)
with open("output/found", "w") as file:
    print("SUCCEEDED" if len(os.listdir("output")) > 1 else "nothing", file=file)
# %% hand in
import torch

(folder / "output").mkdir()
torch.save({"weight": torch.ones(1, 40)}, folder / "output" / "model.pt")
(folder / "output" / "metrics.json").write_text('{"loss": 0.0, "epochs": 12}')
