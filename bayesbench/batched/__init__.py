"""The fits of many data sets of one shape, together, by one compiled program each.

A `Batch` is made from tables (`batch_of(model, tables)`), from one table and masks of its rows
(`folds_of(bound, masks)`), or from arrays that have an axis of data sets already
(`stacked(layout, inputs, outcome, weights)`). Models with latents, networks, unnormalised
densities or several starts are refused with a sentence. Then

    many = fit_many(batch, ("mle", "map", "laplace", "posterior"), seed=0, index=places)
    many["mle"].estimate      # (datasets, size), on the parameters' own scale; NaN for none
    many["mle"].se            # the same shape; of draws their standard deviation
    many["mle"].status        # (datasets,), places in STATUSES; .converged, .counts
    many["posterior"].draws   # (datasets, draws, size), chains one behind the other
    many["posterior"].numbers # r_hat, ess, divergent, thinned, leapfrogs, each (datasets,)
    ends = profile_ends(batch, levels=(0.5, 0.95))
    ends.low, ends.high       # (datasets, levels, size)

`layout.split` gives arrays by parameter, `joined(parts)` the whole of a study's chunks. All of
it is a function of the batch, the seed and the data sets' places in the study (`index`), so a
chunk gives the same numbers wherever it is computed, and whatever stands beside it. Records
hold NumPy arrays and the layout, and can be pickled.
"""
