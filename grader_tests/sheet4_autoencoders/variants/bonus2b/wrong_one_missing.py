"""The run with L2 is missing.

Loses: test_largest_network
"""

playground_url_b = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&dataset=xor"
playground_url_b_l1 = "http://playground.tensorflow.org/#networkShape=8,8,8,8,8,8&dataset=xor&regularization=L1&regularizationRate=0.001"
