"""Noise of 25 only."""

playground_url_c = "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8,8&learningRate=0.1&noise=25&percTrainData=10"
