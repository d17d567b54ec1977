"""Prints its environment, command line and the machine's name, and reads those of every process it sees.

Must not: find a secret of the grader's.
Stopped by: the zygote starts with an environment of its own, and each kernel's is made from nothing.
"""

# %% ex1_code
import os, glob, platform

print(dict(os.environ), platform.node(), open("/proc/self/cmdline").read())
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/cgroup") + ["/proc/self/mountinfo"]:
    try:
        print(path, open(path).read())
    except OSError as error:
        print(error)
