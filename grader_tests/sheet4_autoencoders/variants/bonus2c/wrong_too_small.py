"""Two neurons cannot learn fifty points by heart.

Loses: test_learns_without_predicting
"""

playground_url_c = "http://playground.tensorflow.org/#dataset=spiral&networkShape=2&learningRate=0.1&noise=50&percTrainData=10"
