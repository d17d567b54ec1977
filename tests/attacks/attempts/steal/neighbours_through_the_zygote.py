"""Looks for traces of submissions that were graded before it: in shared memory, temporary folders and the zygote's own memory.

Must not: find any.
Stopped by: each kernel has fresh folders and a fresh namespace for shared memory; the zygote never holds a submission.
"""

# %% ex1_code
import os, subprocess

print(os.listdir("/tmp"), os.listdir("/dev/shm"), os.listdir("/submission"))
for command in ("ipcs -a", "ps aux", "mount", "ls -la /opt/sheetgrader /tmp /run", "cat /proc/sysvipc/shm", "ls -l /proc/1/fd /proc/2 /proc/1/root"):
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=3)
    print(command, done.stdout[-1500:], done.stderr[-300:])
