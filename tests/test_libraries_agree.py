"""Torch and JAX compute the same numbers from a model's one text: every model of the zoo."""

import jax
import numpy as np
import pytest
import torch

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.density import columns_in, constrain, log_prior, row_log_likelihood
from bayesbench.fit.search import is_large
from bayesbench.fit.starts import spread_of
from bayesbench.joint import joint
from bayesbench.libraries import jax_library, torch_library
from bayesbench.zoo import name_of
from small_models import Linear, Nested

POINTS, TOLERANCE = 1000, 1e-10
ROWS = 7  # of an example, as many as the coin has: each is computed by the same text
NOTHING_CANCELS = {"coin"}  # here every term has one sign, and the error is relative
ZOO = [(name, variant) for name in bb.names() for variant in [None, *bb.load(name).variants]]


def _cases():
    for name, variant in ZOO:
        model = joint(bb.load(name, variant=variant))  # with given effects, if it has any
        data = {column: values[:ROWS] for column, values in model.example().items()}
        yield pytest.param(model, data, id=f"{name}-{variant or 'default'}")
    table = {"a": [0.3, -1.2, 2.0], "b": [1.0, 0.1, -0.4], "y": [0.2, 1.1, -0.7]}
    yield pytest.param(Linear, table, id="linear")
    yield pytest.param(Nested, {"y": [0.2, 1.1]}, id="prior-reads-another")


def _some_rows(model):
    """The example's first rows: each row's gradient is computed by itself."""
    return {name: column[:8] for name, column in model.example().items()}


def _is_energy(model):
    return model.__module__ == "bayesbench.models.energy"


CASES = list(_cases())


@pytest.mark.parametrize(("model", "data"), CASES)
def test_likelihood_and_prior(model, data):
    """Each row's log-likelihood and its gradient, the log-prior and its, at random points.

    The error is relative to the value, or to 1 where terms of the sums cancel (a residual).
    """
    bound = bind(model, data)
    # The log-density of an energy is a difference, of -E and log Z: where it is narrower than
    # the nodes of the slow quadrature can see, both are large and rounding is all that is left.
    energy = name_of(model) == "energy"
    points = 20 if is_large(bound.layout) else 200 if energy or model.groups else POINTS
    # Weights that are all of order two would carry a deep network to where no number is.
    spread = spread_of(bound.layout) if model.groups else 2
    z = np.random.default_rng(0).normal(0, 1, size=(points, bound.layout.size))
    z *= 1 if energy else spread
    least = 0.0 if name_of(model) in NOTHING_CANCELS else 1.0
    ours, theirs = torch_library(), jax_library()
    columns = columns_in(bound, ours)

    def by_torch(at):
        values = {name: torch.tensor(v, requires_grad=True) for name, v in at.items()}
        rows = row_log_likelihood(model, values, *columns, ours)
        prior = log_prior(model, values, ours)
        return [rows, prior, *(_slopes(each, values) for each in (rows, prior))]

    @jax.jit
    def by_jax(at, inputs, outcome):
        def rows(values):
            return row_log_likelihood(model, values, inputs, outcome, theirs)

        def prior(values):
            return jax.numpy.reshape(log_prior(model, values, theirs), (1,))

        parts = [jax.jacrev(function)(at) for function in (rows, prior)]
        flat = [
            jax.numpy.concatenate(
                [part[k].reshape(len(part[k]), -1) for k in model.parameters], axis=1
            )
            for part in parts
        ]
        return [rows(at), prior(at)[0], *flat]

    with jax.enable_x64(True):
        inputs, outcome = columns_in(bound, theirs)
        for point in z:
            values, _ = constrain(bound.layout, theirs.array(point), theirs, priors=True)
            first = by_torch({name: np.asarray(v) for name, v in values.items()})
            second = [np.asarray(v) for v in by_jax(values, inputs, outcome)]
            assert second[0].shape == (bound.n,)
            assert np.abs(second[2]).max() > 0
            for one, other in zip([v.detach().numpy() for v in first], second, strict=True):
                assert np.isfinite(one).all()
                allowed = TOLERANCE * np.maximum(np.abs(other), least)
                assert (np.abs(one - other) <= allowed).all()


def _slopes(rows, values):
    """The gradient of each row, shape (rows, entries); zero for what it does not read."""
    found = []
    for row in rows.reshape(-1):
        parts = [torch.zeros_like(v) for v in values.values()]
        if row.requires_grad:
            given = torch.autograd.grad(
                row, [*values.values()], retain_graph=True, allow_unused=True
            )
            parts = [z if g is None else g for g, z in zip(given, parts, strict=True)]
        found.append(torch.cat([part.reshape(-1) for part in parts]))
    return torch.stack(found)


@pytest.mark.parametrize(("model", "data"), CASES)
def test_coordinates(model, data):
    """Both libraries carry z to the same values, with the same log-Jacobian and back."""
    from bayesbench.density import unconstrain

    layout = bind(model, data).layout
    z = np.random.default_rng(1).normal(0, 2, size=layout.size)
    for priors in (True, False):
        with jax.enable_x64(True):
            found = [
                (library, *constrain(layout, library.array(z), library, priors=priors))
                for library in (torch_library(), jax_library())
            ]
            assert np.abs(np.asarray(found[0][2]) - np.asarray(found[1][2])).max() < 1e-12
            for library, values, _ in found:
                back = np.asarray(unconstrain(layout, values, library, priors=priors))
                assert np.abs(back - z).max() < 1e-10
        for name in model.parameters:
            apart = np.asarray(found[0][1][name]) - np.asarray(found[1][1][name])
            assert np.abs(apart).max() < 1e-14 * max(1, np.abs(np.asarray(found[0][1][name])).max())
