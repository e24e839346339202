"""Parameters with a beginning and a unit of their own: the same answers, in other coordinates."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.density import constrain, unconstrain
from bayesbench.layout import Layout
from bayesbench.libraries import jax_library, torch_library


class Line(bb.Model):
    """A line in units of its own."""

    outcome = "y"
    slopes = bb.parameter(
        bb.Normal(0, 100), dims="feature", near=np.array([3.0, -1.0]), unit=np.array([10.0, 0.5])
    )
    noise = bb.parameter(bb.HalfNormal(50), unit=20)
    low = bb.parameter(bb.Normal(0, 5), support=bb.at_most(4), unit=3)
    share = bb.parameter(bb.Uniform(0, 1), unit=7)  # an interval has a unit already

    def likelihood(self, x=bb.columns(dims="feature")):
        return bb.NormalLinear(x, self.slopes, self.low * self.share, self.noise)


class InUnits(bb.Model):
    """A line whose answers are compared."""

    outcome = "y"
    slopes = bb.parameter(
        bb.Normal(0, 100), dims="feature", near=np.array([3.0, -1.0]), unit=np.array([10.0, 0.5])
    )
    low = bb.parameter(bb.Normal(0, 50), support=bb.at_most(400), unit=300)
    noise = bb.parameter(bb.HalfNormal(50), unit=20)

    def likelihood(self, x=bb.columns(dims="feature")):
        return bb.NormalLinear(x, self.slopes, self.low, self.noise)


class Plain(InUnits):
    """The same without units."""

    slopes = bb.parameter(bb.Normal(0, 100), dims="feature")
    low = bb.parameter(bb.Normal(0, 50), support=bb.at_most(400))
    noise = bb.parameter(bb.HalfNormal(50))


LAYOUT = Layout(Line, (("feature", ("a", "b")),))


def test_coordinates_begin_at_near_and_go_by_units():
    start = LAYOUT.start
    assert start["slopes"].tolist() == [3, -1]
    assert [float(start[name]) for name in ("noise", "low", "share")] == [20, 1, 0.5]
    for library in (torch_library(), jax_library()):
        import jax

        with jax.enable_x64(True):
            at = constrain(LAYOUT, library.array(np.zeros(5)), library, priors=True)[0]
            for name, value in start.items():
                assert np.asarray(at[name]) == pytest.approx(value, abs=1e-12)
            one = constrain(LAYOUT, library.array(np.ones(5)), library, priors=True)[0]
            assert np.asarray(one["slopes"]) == pytest.approx([13, -0.5])
            assert float(one["noise"]) == pytest.approx(20 * np.e)
            # Towards the edge or away from it: the bijection's own direction.
            assert abs(np.log((4 - float(one["low"])) / 3)) == pytest.approx(1)


def test_the_way_back_and_the_jacobian():
    import jax

    z = np.array([0.3, -1.2, 0.7, 0.4, -0.6])
    with jax.enable_x64(True):
        library = jax_library()

        def values(z):
            return constrain(LAYOUT, z, library, priors=True)[0]

        def flat(z):
            import jax.numpy as jnp

            return jnp.concatenate([jnp.ravel(each) for each in values(z).values()])

        jacobian = np.asarray(jax.jacobian(flat)(library.array(z)))
        stretch = np.asarray(constrain(LAYOUT, library.array(z), library, priors=True)[1])
        assert stretch == pytest.approx(np.log(np.abs(np.diag(jacobian))), rel=1e-12)
        back = np.asarray(unconstrain(LAYOUT, values(library.array(z)), library, priors=True))
    assert back == pytest.approx(z, rel=1e-12)


def test_no_answer_changes():
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, 60))
    table = {"a": a, "b": b, "y": 30 * a - b + 10 + generator.normal(0, 15, 60)}
    for fit in (bb.fit_mle, bb.fit_map):
        ours, plain = fit(InUnits, table), fit(Plain, table)
        assert ours.converged
        assert plain.converged
        for name, value in plain.estimate.values.items():
            assert ours.estimate.values[name] == pytest.approx(value, rel=1e-6)
            assert ours.standard_errors[name] == pytest.approx(
                plain.standard_errors[name], rel=1e-5
            )


def test_units_that_are_none():
    for words in ({"unit": 0}, {"unit": -1.0}, {"near": np.nan}):
        with pytest.raises(TypeError, match="a unit is above zero"):
            bb.parameter(bb.Normal(0, 1), **words)
