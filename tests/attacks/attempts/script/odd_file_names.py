"""Hands in scripts and folders whose names are options, other files' names, compiled code, or no text, and files in the place of the data.

Must not: run another script than the one asked for, or stop the grading.
Attacks: ex5
Stopped by: a script is called by its name in a list, never through a shell; a grader's data win over a group's files.
"""

# %% train.py
import os

os.mkdir("output")
for name in (b"\xff\xfe", b"\x1b[2J", b"line\nbreak", "\u202egnp.tp".encode(), b"a" * 250, b"$(reboot)", b"-rf", b"%s%n", b"..\\..\\x"):
    with open(b"output/" + name, "wb") as file:
        file.write(b"x")
print(sorted(os.listdir("data")))
# %% hand in
import os

for name in (b"-c", b"--data", b"train.py\n", b"train", b"train.pyc", b"__main__.py", b"data/inputs.npy", b"data/extra.npy"):
    path = os.path.join(os.fsencode(folder), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"raise SystemExit(0)")
