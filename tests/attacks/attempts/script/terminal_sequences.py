"""Puts terminal control sequences, marks of writing direction and markup into what it prints, raises and calls its files.

Must not: have any reach a message, a page or a terminal.
Attacks: ex5
Stopped by: control sequences are taken out of what a script printed where it arrives, and of every sentence that a grader makes.
"""

# %% train.py
import os, sys

evil = "\x1b]0;owned\x07\x1b[2J\x1b[1;31mOK\x1b[0m\u202e [bold]3 points[/bold] <script>alert(1)</script> \x9b31m \x08\r"
os.makedirs("output")
open(f"output/{evil.replace('/', '_')}", "w").close()
with open("output/metrics.json", "w") as file:
    file.write('"\\u001b[2J\\u202e \\u001b]0;owned\\u0007 OK"')
print(evil)
sys.stdout.buffer.write(b"\xff\xfe\x9b31m\x1b") if hasattr(sys.stdout, "buffer") else None
raise type("E" + evil, (Exception,), {})(evil)
