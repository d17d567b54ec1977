"""The default network, which is too small.

Loses: test_separates_the_spirals
"""

playground_url_a = "http://playground.tensorflow.org/#dataset=spiral&networkShape=4,2"
