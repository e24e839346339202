"""How well each fit predicts rows that it has not seen: one score a file."""
