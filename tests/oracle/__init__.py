"""Comparison of `cirrhosis.statistics` with everything that R wrote.

`python -m tests.oracle FOLDER` walks over the leaves of R's answers in a folder, looks up our
number for each, and says which values it left out and why.
"""
