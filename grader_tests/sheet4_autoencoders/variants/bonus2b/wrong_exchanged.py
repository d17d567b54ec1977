"""L1 and L2 are exchanged.

Loses: test_largest_network
"""

playground_url_b = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&dataset=xor"
playground_url_b_l2 = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&dataset=xor&regularization=L1&regularizationRate=0.001"
playground_url_b_l1 = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&dataset=xor&regularization=L2&regularizationRate=0.1"
