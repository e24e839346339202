"""What can't be asked of an optimiser ends in a sentence."""

import numpy as np
import pytest

import bayesbench as bb
from small_models import Gaussian

Y = np.random.default_rng(3).normal(1.5, 2.0, size=40)


def run(**asked):
    return bb.fit_mle(Gaussian, {"y": Y}, **asked)


BAD = {
    "a name that is near": ({"optimizer": "adma"}, "did you mean 'adam'"),
    "a name that is none": ({"optimizer": "simplex"}, "expected an optimiser of torch.optim"),
    "a rate of zero": (
        {"learning_rate": 0},
        "expected a number above 0; Adam's usual one is 0.001",
    ),
    "a negative rate": ({"learning_rate": -1e-3}, "expected a number above 0"),
    "no number": ({"learning_rate": float("nan")}, "expected a number above 0"),
    "a batch above the data": ({"batch_size": 41}, "found 41, expected from 1 to 40"),
    "half a row": ({"batch_size": 2.5}, "found 2.5, expected a whole number from 1 to 40"),
    "words for a batch": ({"batch_size": "all"}, "found 'all', expected a whole number"),
    "half a step": ({"steps": 2.5}, "steps: found 2.5, expected a whole number"),
    "half a pass": ({"epochs": 1.5}, "epochs: found 1.5, expected a whole number"),
    "words for options": ({"options": "betas"}, "found 'betas', expected names and values"),
    "a factor that is none": ({"schedule": lambda step: "x"}, "at step 0: found the factor 'x'"),
    "an empty batch": ({"batch_size": 0}, "expected from 1 to 40"),
    "no steps": ({"steps": 0}, "steps: found 0, expected at least 1"),
    "steps and epochs": ({"steps": 5, "epochs": 1}, "one of the two"),
    "a schedule": ({"schedule": "linaer"}, "did you mean 'linear'"),
    "a negative factor": (
        {"schedule": lambda step: 1 - step, "steps": 5},
        "at step 2: found .* -1",
    ),
    "a batching": ({"batching": "shuffled"}, "did you mean 'reshuffled'"),
    "an option": ({"options": {"beta": 1}}, "did you mean 'betas'"),
    "the rate as an option": ({"options": {"lr": 1}}, "give learning_rate= instead"),
    "an option's value": ({"options": {"betas": (2, 2)}}, "it says: Invalid beta"),
    "maximize": ({"options": {"maximize": True}}, "always maximised"),
    "an objective": ({"objective": "sum"}, "'mean' or 'total'"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_can_not_be_run(what):
    asked, words = BAD[what]
    with pytest.raises(bb.BadInput, match=words):
        run(**({"optimizer": "adam", "steps": None} | asked))


def test_a_rate_may_be_any_number():
    single = run(optimizer="adam", learning_rate=np.float32(0.5), steps=5).run
    double = run(optimizer="adam", learning_rate=0.5, steps=5).run
    assert (single.path == double.path).all()


def test_a_search_has_no_path():
    with pytest.raises(bb.BadInput, match="no recorded run"):
        run().path()


def test_a_learning_rate_needs_an_optimiser():
    with pytest.raises(bb.BadInput, match="no optimizer, expected an optimiser"):
        run(learning_rate=0.1)


def test_batches_of_groups_are_refused():
    model = bb.load("eight_schools")
    with pytest.raises(bb.BadInput, match="tie rows together"):
        bb.fit_mle(model, model.example(), optimizer="adam", batch_size=2)
    assert bb.fit_mle(model, model.example(), optimizer="adam", steps=3).run.steps[0] == 3
