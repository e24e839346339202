"""The evidence of a model: its likelihood averaged over its prior, with an error."""
