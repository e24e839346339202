"""Posteriors of many data sets: drawn together, against one fit after the other.

Both have the chains, warm-up and draws of a study, both look at R-hat and effective sample
sizes, and neither writes checkpoints. What is compared is after compilation.
"""
