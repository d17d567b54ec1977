"""Says that its cells and calls took no time, less than none, or end in another year, while it uses all it has.

Must not: take more than its time.
Slow: yes
Attacks: ex1, ex2, ex3, ex4
Stopped by: clocks run on the trusted side; what a kernel says of its own time is believed where it says less than was measured.
"""

# %% before
import datetime, time

kernel = get_ipython().kernel
original = kernel.session.msg_header
kernel.session.msg_header = lambda kind: {**original(kind), "date": datetime.datetime(1970, 1, 1)}
kernel.init_metadata = lambda parent: {"started": datetime.datetime(2970, 1, 1)}
# %% more
time.sleep(2.9)
# %% and more
time.sleep(2.9)


# %% ex1_code
def mean_square(x):
    time.sleep(1.9)
    return 0.0


# %% ex2_code
def shifted(x):
    time.sleep(60)


# %% ex3_code
class Line:
    def __init__(self, slope, intercept):
        time.sleep(60)
# %% ex4_code
time.sleep(60)
