"""Draws figures whose description hangs, raises, or is larger than the grader takes.

Must not: stop the grading, or cost other questions.
Attacks: ex4
Stopped by: figures are described inside the cell's own clock, point counts are bounded, and what fails is left out.
"""


# %% ex4_code
class Text(str):
    def __str__(self):
        raise SystemExit

    __repr__ = __format__ = lambda self, *arguments: 1 / 0


figure, axes = plt.subplots()
(line,) = axes.plot(np.zeros(2_000_000))
line.get_label = lambda: Text("loss")
line.get_xdata = lambda *arguments, **keywords: iter(int, 1)
axes.get_title = lambda *arguments: "t" * 10**8
