"""Row by row with math.exp; nested lists come back."""

import math


def softmax(logits):
    if logits.ndim > 1:
        return [softmax(row) for row in logits]
    largest = max(logits)
    exponentials = [math.exp(logit - largest) for logit in logits]
    return [exponential / sum(exponentials) for exponential in exponentials]
