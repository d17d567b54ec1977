"""No noise.

Loses: test_little_and_noisy_data
"""

playground_url_c = "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8,8&learningRate=0.1&noise=0&percTrainData=10"
