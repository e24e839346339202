"""Models from formulas: the design matrix, default priors, and the text of the model's file."""
