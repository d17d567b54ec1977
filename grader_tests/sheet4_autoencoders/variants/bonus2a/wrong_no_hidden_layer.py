"""No hidden layer.

Loses: test_fits_the_task, test_separates_the_spirals
"""

playground_url_a = "http://playground.tensorflow.org/#dataset=spiral&networkShape="
