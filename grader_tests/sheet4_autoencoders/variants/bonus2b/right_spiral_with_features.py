"""Spiral, all features, other settings in each run."""

playground_url_b = "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8,8,8,8,8&sinX=true&regularization=none"
playground_url_b_l1 = "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8,8,8,8,8&regularization=L1&regularizationRate=1&noise=20"
playground_url_b_l2 = (
    "http://playground.tensorflow.org/#dataset=spiral&networkShape=8,8,8,8,8,8&regularization=L2&regularizationRate=0.001&batchSize=30"
)
