"""Puts terminal control sequences, right-to-left marks and markup of the summary's library into everything that is printed or raised.

Must not: reach a tutor's terminal or rewrite what a page says.
Stopped by: control sequences are taken out where texts arrive and where they are shown.
"""

# %% ex1_code
evil = "\x1b]0;owned\x07\x1b[2J\x1b[1;31mOK\x1b[0m\u202e [bold]3 points[/bold] [link=http://192.0.2.1]x[/link] \x9b31m \x08\x08\r"
print(evil)


def mean_square(x):
    raise type("E" + evil, (Exception,), {})(evil)


# %% more
raise ValueError("\x1b]0;owned\x07\x1b[2J \x9b31m")
