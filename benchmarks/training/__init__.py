"""Ten thousand steps of an optimiser, with their record, against a loop that keeps its loss."""
