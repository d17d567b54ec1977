"""The page that tutors mark on, as a server shows it and as files to take away.

What students wrote becomes HTML in the fenced process only (:mod:`.documents`), and is shown in frames in which nothing
runs.
"""
