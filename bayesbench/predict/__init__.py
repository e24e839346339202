"""What a fit predicts: plugged in for one instance, averaged over many."""
