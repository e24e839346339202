"""Looking at a model before anyone waits for a fit: one kind of problem in each file."""
