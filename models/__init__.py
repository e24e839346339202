"""The zoo: one file a model, named as the model is."""
