"""Gives out objects that behave well when they are first asked and otherwise later, and handles of objects that were not asked for.

Must not: earn points.
Attacks: ex3
Stopped by: a handle stands for an object of the student's and is never believed; every answer is judged anew.
"""


# %% ex3_code
class Line:
    asked = 0

    def __init__(self, slope, intercept):
        self.intercept = intercept

    @property
    def slope(self):
        Line.asked += 1
        return 2.0 if Line.asked == 1 else object()

    def predict(self, x):
        Line.asked += 1
        Line.predict = lambda self, x: x
        return 2 * x + 1
