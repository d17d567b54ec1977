"""Half of the data are for training.

Loses: test_little_and_noisy_data
"""

playground_url_c = "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8,8&learningRate=0.1&noise=50&percTrainData=50"
