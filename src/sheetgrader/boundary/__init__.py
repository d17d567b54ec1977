"""What crosses between the student's process and the grader's, and how it is read; pure functions, used on both
sides.
"""
