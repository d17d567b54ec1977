"""Fills every writable folder with one large file, many small ones and folders within folders.

Must not: write to the machine's disk, or take more than its limit.
Stopped by: the writable folders are in memory, limited in bytes and files.
"""

# %% ex1_code
import os

for folder in ("/submission", "/tmp", "/dev/shm"):
    try:
        with open(f"{folder}/large", "wb") as file:
            while True:
                file.write(bytes(1 << 20))
    except OSError as error:
        print(error)
    try:
        for number in range(10**6):
            open(f"{folder}/{number}", "x").close()
    except OSError as error:
        print(number, error)
    try:
        os.chdir(folder)
        while True:
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
    except OSError as error:
        print(error)
os.chdir("/submission")
