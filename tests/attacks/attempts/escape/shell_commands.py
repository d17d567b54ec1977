"""Runs shell commands: through subprocess, ``os.system`` and IPython's magics; sudo, mount, nsenter, su.

Must not: gain a right or leave the sandbox.
Stopped by: commands run in the same sandbox; programs that would gain rights cannot.
"""

# %% ex1_code
import subprocess, os

for command in (
    "id",
    "sudo -n id",
    "su -c id",
    "mount -t tmpfs none /tmp",
    "nsenter -t 1 -a id",
    "unshare -r id",
    "chroot / id",
    "ls /root /home",
    "dmesg",
    "kill -9 -1",
):
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=3, stdin=subprocess.DEVNULL)
    print(command, done.returncode, done.stdout[:200], done.stderr[:200])
get_ipython().system("cat /etc/shadow; echo $GRADER_SECRET")
get_ipython().run_cell_magic("bash", "", "env; ls -la ..")
