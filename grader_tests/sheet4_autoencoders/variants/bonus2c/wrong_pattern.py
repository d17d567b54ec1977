"""Two clouds, in which there is a pattern, so the test loss stays small.

Loses: test_learns_without_predicting
"""

playground_url_c = "http://playground.tensorflow.org/#dataset=gauss&networkShape=8,8,8&learningRate=0.1&noise=25&percTrainData=10"
