"""The address of the start page, which stands for the defaults.

Loses: test_fits_the_task, test_separates_the_spirals
"""

playground_url_a = "http://playground.tensorflow.org/"
