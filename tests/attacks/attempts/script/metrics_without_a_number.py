"""Saves a trained model's rough likeness and reports NaN, infinities, numbers of four thousand digits, texts and halves of characters.

Must not: earn points, or stop the grading.
Attacks: ex5
Stopped by: a comparison takes finite numbers of the asked shape only.
"""

# %% train.py
import os, sys, torch

os.mkdir("output")
torch.save({"weight": torch.full((1, 40), float("nan"))}, "output/model.pt")
first = sys.argv[sys.argv.index("--epochs") + 1] == "1"
with open("output/metrics.json", "w") as file:
    file.write('{"loss": NaN, "epochs": 1}' if first else '{"loss": 1e999, "epochs": ' + "9" * 4000 + ', "\\ud800": -Infinity}')
