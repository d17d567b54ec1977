"""Prints without an end to both its outputs, into the pipe of its record, and files by the ten thousand into its folder.

Must not: fill the grader's memory, or take more than its time.
Attacks: ex5
Stopped by: of each output the end is kept, of the folder a hundred files; the clock is looked at between pieces.
"""

# %% train.py
import os, threading

os.makedirs("output/" + "d/" * 60)
try:
    for number in range(10**5):
        os.makedirs(f"output/{number}/{number}")
except OSError as error:
    print(error)


def flood(number):
    piece = b"\x1b[2Jflood\r" * 10_000
    while True:
        try:
            os.write(number, piece)
        except OSError:
            return


for number in range(1, 64):
    threading.Thread(target=flood, args=(number,)).start()
