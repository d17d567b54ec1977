"""Another data set: the spiral is not chosen.

Loses: test_fits_the_task
"""

playground_url_a = "http://playground.tensorflow.org/#dataset=circle&networkShape=8,8,8&learningRate=0.1"
