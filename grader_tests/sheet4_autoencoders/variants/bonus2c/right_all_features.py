"""Many features and a small network."""

playground_url_c = "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8&learningRate=0.1&noise=50&percTrainData=10&sinX=true&sinY=true&xSquared=true&ySquared=true&xTimesY=true"
