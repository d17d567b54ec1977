"""Leaves symbolic links in the place of its results: to files of the host, to devices, and from the output folder to other folders.

Must not: have the trusted side read a file of the host, or wait without end.
Attacks: ex5
Stopped by: results are opened below the work folder only, without following links, and only plain files.
"""

# %% train.py
import json, os, sys

targets = json.load(open("targets.json"))
if sys.argv[sys.argv.index("--epochs") + 1] != "1":
    os.symlink(targets["course"], "output")
else:
    os.mkdir("output")
    os.symlink(targets["canary file"], "output/metrics.json")
    os.symlink("/dev/zero", "output/model.pt")
    os.symlink(targets["course"], "output/course")
    os.symlink("/", "output/root")
    os.symlink("/proc/self/root", "output/magic")
    for target in (targets["canary file"], "/etc/passwd", "/usr/bin/env"):
        try:
            os.link(target, f"output/hard{len(target)}")
        except OSError as error:
            print(error)
