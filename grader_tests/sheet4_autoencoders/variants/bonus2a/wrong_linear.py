"""No non-linearity.

Loses: test_separates_the_spirals
"""

playground_url_a = "http://playground.tensorflow.org/#activation=linear&dataset=spiral&networkShape=8,8,8"
