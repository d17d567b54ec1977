"""Sines and squares are switched on.

Loses: test_fits_the_task
"""

playground_url_a = "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8,8&learningRate=0.1&x=true&y=true&sinX=true&sinY=true&xSquared=true&ySquared=true"
