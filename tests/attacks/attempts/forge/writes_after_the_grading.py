"""Starts a daemon that waits until grading is over, to overwrite what was found then.

Must not: outlive its kernel.
Stopped by: the process namespace: everything a kernel started ends with its first process.
"""

# %% ex1_code
import os, time, json

targets = json.load(open("targets.json"))
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(0.05)
            try:
                open(targets["tripwire"], "w").write("still here")
            except OSError:
                pass
    os._exit(0)
