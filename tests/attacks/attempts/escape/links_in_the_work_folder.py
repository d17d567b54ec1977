"""Puts symbolic links to the host's files, devices and named pipes where the trusted side will read.

Must not: let the trusted side read a file of the host, or wait without end.
Stopped by: files are opened below the work folder only, without following links, and only plain files.
"""

# %% ex1_code
import os, json

targets = json.load(open("targets.json"))
for number, target in enumerate(("/etc/shadow", targets["canary file"], targets["course"], "../../..", "/dev/zero", "/proc/self/environ")):
    for name in (f"link{number}", f"metrics{number}.json"):
        os.symlink(target, name)
os.remove("targets.json")
os.symlink(targets["canary file"], "targets.json")
try:
    os.mkfifo("pipe")
except OSError as error:
    print(error)
