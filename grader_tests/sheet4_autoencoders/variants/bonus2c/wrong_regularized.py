"""The penalty keeps the network from learning by heart.

Loses: test_learns_without_predicting
"""

playground_url_c = "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8,8&learningRate=0.1&noise=50&percTrainData=10&regularization=L2&regularizationRate=0.3"
