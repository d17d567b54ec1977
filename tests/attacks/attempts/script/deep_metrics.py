"""Writes metrics that nest two hundred thousand levels deep, or just as deep as a careless reader follows.

Must not: stop the grading.
Attacks: ex5
Stopped by: metrics are read as every text from a sandbox is: what nests too deeply is a wrong answer.
"""

# %% train.py
import os, sys

os.mkdir("output")
depth = 200_000 if sys.argv[sys.argv.index("--epochs") + 1] == "1" else 900
with open("output/metrics.json", "w") as file:
    file.write('{"loss": 0.0, "epochs": 12, "more": ' + "[" * depth + "]" * depth + "}")
