"""Writes metrics of ten gigabytes without a byte in them, and others that are small as text and vast as objects.

Must not: fill the grader's memory.
Attacks: ex5
Stopped by: limits on the size of a file and on what is read of it, and on the values in a text.
"""

# %% train.py
import os, sys

os.mkdir("output")
with open("output/metrics.json", "wb") as file:
    try:
        file.truncate(10 << 30)
    except OSError as error:
        print(error)
    if sys.argv[sys.argv.index("--epochs") + 1] == "1":
        file.truncate(4 << 20)
    else:
        file.write(b'{"loss": 0.0, "epochs": 12, "more": [' + b"[]," * 340_000 + b"[]]}")
