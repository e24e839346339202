"""Models from formulas, held to least squares, to SciPy, and to the file that they stand for."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import bayesbench as bb
from bayesbench.binding import bind
from bayesbench.describe import data_in_words
from bayesbench.describe import formula as in_symbols
from bayesbench.formulas.asked import asked
from bayesbench.zoo import name_of

N = 200
GENERATOR = np.random.default_rng(7)
FLATS = pd.DataFrame(
    {
        "area": GENERATOR.uniform(20, 200, N).round(1),
        "year": GENERATOR.integers(1900, 2020, N),
        "district": GENERATOR.choice(["north", "south", "west"], N),
        "new": GENERATOR.choice([True, False], N),
    }
)
SOUTH, WEST = (FLATS["district"] == "south").to_numpy(), (FLATS["district"] == "west").to_numpy()
ETA = 0.015 * (FLATS["area"] - 110) + 0.6 * SOUTH - 0.4 * WEST
FLATS["price"] = (2e5 * (1 + ETA) + GENERATOR.normal(0, 4e4, N)).round()
FLATS["sold"] = GENERATOR.binomial(1, 1 / (1 + np.exp(-ETA)))
FLATS["visits"] = GENERATOR.poisson(np.exp(1 + 0.5 * ETA))


def _design(*columns):
    return np.column_stack([np.ones(N), *columns]).astype(float)


def _centres(model):
    """What the file takes off each column."""
    from bayesbench.binding import inputs_of

    return np.array(inputs_of(model)["x"].centre or (0.0,))


def test_gaussian_coefficients_are_those_of_least_squares():
    text = "price ~ area + year + C(district) + new"
    model = bb.formula(text, FLATS)
    fit = bb.fit_mle(model, FLATS)
    x = _design(FLATS["area"], FLATS["year"], SOUTH, WEST, FLATS["new"])
    best = np.linalg.lstsq(x, FLATS["price"].to_numpy())[0]
    found = fit.estimate
    slopes = [found.b_area, found.b_year, *found.b_district, found.b_new]
    # A hundred-millionth of a standard error is far more than the search leaves.
    sigma = np.sqrt(np.mean((FLATS["price"] - x @ best) ** 2))
    errors = sigma * np.sqrt(np.diag(np.linalg.inv(x.T @ x)))
    assert np.abs(np.array(slopes) - best[1:]) / errors[1:] == pytest.approx(0, abs=1e-8)
    assert float(found.sigma) == pytest.approx(sigma, rel=1e-9)
    centre = np.append(_centres(model), np.zeros(5 - len(_centres(model))))
    assert float(found.intercept) == pytest.approx(best[0] + centre @ best[1:], rel=1e-9)
    assert fit.bound.layout.entries == (
        *("intercept", "b_area", "b_year", "b_district[south]", "b_district[west]", "b_new"),
        "sigma",
    )
    assert name_of(model) == text


def _highest(log_likelihood, x):
    """The maximum over coefficients, by SciPy, of a function of the linear predictor."""
    unit = np.append(1, x[:, 1:].std(axis=0))
    found = optimize.minimize(
        lambda b: -log_likelihood(x @ (b / unit)), np.zeros(x.shape[1]), method="BFGS", tol=1e-10
    )
    return found.x / unit


@pytest.mark.parametrize("family", ["bernoulli", "poisson"])
def test_other_families_are_those_of_scipy(family):
    outcome = {"bernoulli": "sold", "poisson": "visits"}[family]
    y = FLATS[outcome].to_numpy()
    x = _design(FLATS["area"] - FLATS["area"].mean(), SOUTH, WEST)
    of = {
        "bernoulli": lambda eta: stats.bernoulli(1 / (1 + np.exp(-eta))).logpmf(y).sum(),
        "poisson": lambda eta: stats.poisson(np.exp(eta)).logpmf(y).sum(),
    }[family]
    best = _highest(of, x)
    fit = bb.fit_mle(bb.formula(f"{outcome} ~ area + district", FLATS, family), FLATS)
    found = fit.estimate
    # BFGS by finite differences: four digits or five.
    assert [float(found.b_area), *found.b_district] == pytest.approx(best[1:], rel=2e-4)
    moved = best[1] * (_centres(fit.bound.model)[0] - FLATS["area"].mean())
    assert float(found.intercept) == pytest.approx(best[0] + moved, rel=2e-4, abs=1e-5)
    assert fit.diagnostics["value"] == pytest.approx(of(x @ best), rel=1e-9)


def test_robust_noise_is_a_student_t_that_an_outlier_pulls_less():
    table = FLATS.copy()
    table.loc[0, "price"] = 1e8
    true = 0.015 * 2e5
    plain = bb.fit_mle(bb.formula("price ~ area + district", table), table).estimate.b_area
    robust = bb.fit_mle(bb.formula("price ~ area + district", table, robust=True), table)
    assert abs(float(robust.estimate.b_area) - true) < 150 < abs(float(plain) - true)
    x, y = _design(FLATS["area"] - _centres(robust.bound.model)[0], SOUTH, WEST), table["price"]
    at = robust.estimate
    eta = x @ np.array([at.intercept, at.b_area, *at.b_district])
    height = stats.t(4, eta, at.sigma).logpdf(y).sum()
    assert robust.diagnostics["value"] == pytest.approx(height, rel=1e-10)


def test_default_priors_are_in_the_units_of_the_table():
    model = bb.formula("price ~ area + C(district) + new", FLATS)
    sd = FLATS["price"].std(ddof=0)
    priors = {name: each.prior for name, each in model.parameters.items()}
    # The file has four digits.
    area = priors["b_area"].arguments
    assert area["scale"] == pytest.approx(2.5 * sd / FLATS["area"].std(ddof=0), rel=1e-3)
    for name in ("b_district", "b_new", "intercept"):
        assert priors[name].arguments["scale"] == pytest.approx(2.5 * sd, rel=1e-3)
    assert priors["intercept"].arguments["loc"] == pytest.approx(FLATS["price"].mean(), rel=1e-3)
    assert priors["sigma"].arguments["rate"] == pytest.approx(1 / sd, rel=1e-3)
    logistic = bb.formula("sold ~ area", FLATS, "bernoulli").parameters["b_area"].prior
    assert logistic.arguments["scale"] == pytest.approx(2.5 / FLATS["area"].std(ddof=0), rel=1e-3)


def test_priors_of_ones_own():
    model = bb.formula("price ~ area", FLATS, priors="area=Normal(3000, 10), sigma=HalfNormal(5e4)")
    assert repr(model.parameters["b_area"].prior) == "Normal(3000, 10)"
    assert repr(model.parameters["sigma"].prior) == "HalfNormal(50000)"
    same = bb.formula(
        "price ~ area", FLATS, priors={"area": bb.Normal(3000, 10), "sigma": bb.HalfNormal(5e4)}
    )
    assert same.file == model.file
    y, x = FLATS["price"].to_numpy(), FLATS["area"].to_numpy()
    # Meant for standardised columns, it is Normal(0, 1) of b_area sd(area) / sd(price).
    given = bb.formula("price ~ area", FLATS, priors="area=Normal(0.5, 1)", standardize=True)
    prior = given.parameters["b_area"].prior.arguments
    unit = y.std() / x.std()
    assert [prior["loc"], prior["scale"]] == pytest.approx([0.5 * unit, unit], rel=1e-12)


def test_the_file_gives_the_same_numbers(run, tmp_path):
    FLATS.to_csv(tmp_path / "flats.csv", index=False)
    words = ("price ~ area * new + district", "--data", "flats.csv")
    shown = run("show", *words)
    assert shown.returncode == 0, shown.stderr
    (tmp_path / "price.py").write_text(shown.stdout, "utf-8")
    numbers = []
    for model in (words[0], "price.py"):
        done = run("fit", model, *words[1:], "--method", "map", "--json", "-")
        assert done.returncode == 0, done.stderr
        import json

        found = json.loads(done.stdout)
        numbers.append({k: v["map"] for k, v in found["estimates"].items()})
    assert numbers[0] == numbers[1]
    assert list(numbers[0])[1:5] == ["b_area", "b_new", "b_district[south]", "b_district[west]"]


def test_new_rows_are_laid_out_by_the_rows_of_the_fit():
    text = "price ~ center(area) + C(district) + poly(year, 2) + area:new"
    fit = bb.fit_mle(bb.formula(text, FLATS), FLATS)
    whole = fit.predict(FLATS).mean
    some = [5, 17]  # two rows have neither the mean of all, nor all districts
    assert fit.predict(FLATS.iloc[some]).mean == pytest.approx(whole[some], rel=1e-12)
    with pytest.raises(bb.BadInput, match=r"row 1, column 'district': found the level 'nort'"):
        fit.predict(FLATS.iloc[some].assign(district="nort"))
    with pytest.raises(bb.BadInput, match="found no column 'year'"):
        fit.predict(FLATS[["area", "district", "new"]])


def test_in_symbols():
    """Of which row an input is centred, and against which level a category is, is told."""
    model = bb.formula("price ~ area + C(district) + new", FLATS[2:])
    bound = bind(model, FLATS[2:])
    centre = f"{FLATS['area'][2:].mean():.4g}"
    assert in_symbols(model, bound.designs)[0].startswith(
        f"price ~ Normal(loc = b_area·(area − {centre}) + b_district[district] + b_new·new "
        "+ intercept, scale = σ"
    )
    said = data_in_words(bound)
    assert "Inputs: area, district, new." in said
    assert "district is against north." in said
    alone = in_symbols(bb.formula("price ~ 0 + area", FLATS))
    assert alone[0].startswith("price ~ Normal(loc = b_area·area")
    several = bb.formula("price ~ poly(area, 2) + area:district", FLATS)
    told = in_symbols(several, bind(several, FLATS).designs)[0]
    assert "b_poly_area_2·poly(area, 2) + b_area_district·(area:district − means)" in told
    whole = bb.formula("price ~ 0 + district", FLATS)
    assert "against" not in data_in_words(bind(whole, FLATS))


def test_without_terms_or_intercept():
    mean = bb.fit_mle(bb.formula("price ~ 1", FLATS), FLATS).estimate
    assert float(mean.intercept) == pytest.approx(FLATS["price"].mean(), rel=1e-10)
    fit = bb.fit_mle(bb.formula("price ~ 0 + district", FLATS), FLATS)
    means = FLATS.groupby("district")["price"].mean()
    assert fit.estimate.b_district == pytest.approx(means.to_numpy(), rel=1e-9)
    every = bb.formula("price ~ .", FLATS[["price", "area", "new"]])
    assert list(every.parameters) == ["intercept", "b_area", "b_new", "sigma"]


BAD = {
    "price": "found half of one, expected a column, ~ and terms",
    "~ area": "expected a column, ~ and terms, as price ~ area",
    "log(price) ~ area": r"found 'log\(price\)' on its left side.*make a column of what is",
    "price ~ area +": "the formula 'area .': found Operator",
    "price ~ aera": "found no column 'aera'.*did you mean 'area'",
    "prise ~ area": "found no column 'prise'.*did you mean 'price'",
    "price ~ area + (1 | district)": r"\(1 \| school\) are written as a model.*--like groups",
    "price ~ area | year": "found several parts",
    "price ~ frobnicate(area)": "found the function 'frobnicate', expected one that formulaic has",
    "price ~ log(area - area)": r"row 1, log\(area - area\): found -inf",
    "price ~ area + one": r"the term one: found one level only \(x\)",
    "price ~ area + log(price)": "found the outcome 'price' among its own terms",
    "price ~ gappy": r"column 'gappy': found 199 missing values, in rows 2, 3, 4, 5, 6, ...",
    "price ~ typo": "row 3, column 'typo': found '12O'",
    "district ~ area": "row 1, column 'district': found",
    "new ~ area": "found true and false, expected numbers, as the family is gaussian",
}


@pytest.mark.parametrize("text", BAD)
def test_formulas_that_cannot_be_used(text):
    table = FLATS.assign(one="x", gappy=[1.0] + [np.nan] * (N - 1))
    table["typo"] = ["1", "2", "12O", *map(str, range(N - 3))]
    with pytest.raises(bb.BadInput, match=BAD[text]) as caught:
        bb.formula(text, table)
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


OPTIONS = {
    "family": ({"family": "gausian"}, "did you mean 'gaussian'"),
    "no 0 or 1": ({"family": "bernoulli"}, "row 1, column 'price': found .* as the family is bern"),
    "robust": ({"family": "poisson", "robust": True}, "expected gaussian, whose noise"),
    "prior's name": ({"priors": "arae=Normal(0, 1)"}, "found no parameter 'arae'"),
    "prior's family": ({"priors": "area=Norml(0, 1)"}, "did you mean 'Normal'"),
    "no prior": ({"priors": "area=3"}, "expected a distribution with its arguments"),
    "no pairs": ({"priors": "Normal(0, 1)"}, "write --prior"),
    "bad scale": ({"priors": "area=Normal(0, -1)"}, "Normal's scale is -1"),
    "no multiple": ({"priors": "area=LogNormal(0, 1)", "standardize": True}, "leave standardize"),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_options_that_cannot_be_used(case):
    options, sentence = OPTIONS[case]
    with pytest.raises(bb.BadInput, match=sentence):
        bb.formula("price ~ area", FLATS, **options)


WORDS = {
    "no table": (["price ~ area"], "found no table, expected one that has its columns"),
    "an outcome": (["price ~ area", "--data", "f.csv", "--outcome", "x"], "found --outcome x"),
    "a family": (["coin", "--family", "poisson"], "found --family poisson, expected a formula"),
    "level": (
        ["price ~ d", "--data", "f.csv", "--held-out", "g.csv"],
        "g.csv, row 1 (line 2), column 'd': found the level 'z'",
    ),
}


@pytest.mark.parametrize("case", WORDS)
def test_commands_that_cannot_be_used(case, run, tmp_path):
    (tmp_path / "f.csv").write_text("price,area,d\n1,2,x\n2,3,y\n4,4,y\n")
    (tmp_path / "g.csv").write_text("price,area,d\n1,2,z\n")
    words, sentence = WORDS[case]
    done = run("report", *words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.csv", "g.csv"]


@pytest.mark.parametrize(
    ("text", "options", "folder"),
    [
        ("y ~ x", {}, "y-x"),
        ("price ~ area + age + C(district)", {}, "price-area-age-c-district"),
        ("y ~ x * z", {}, "y-x-times-z"),
        ("y ~ x + z - 1", {}, "y-x-z-less-1"),
        ("y ~ .", {"robust": True}, "y-all-robust"),
        ("`a/b` ~ x", {"family": "poisson"}, "a-in-b-x-poisson"),
    ],
)
def test_a_formula_has_a_folder_of_its_own(text, options, folder):
    assert asked(text, **options).folder == folder


def test_long_formulas_have_folders_of_their_own():
    terms = " + ".join(f"column_{k}" for k in range(20))
    one, two = (asked(f"y ~ {terms} + {last}").folder for last in ("a", "b"))
    assert one != two
    assert len(one) < 80


def test_formulas_are_compared_on_the_same_table():
    simple, full = (bb.formula(f"price ~ {terms}", FLATS) for terms in ("area", "area + district"))
    found = bb.compare(
        {"simple": simple, "full": full}, FLATS, folds=2, methods=("mle",), progress=False
    )
    assert {"simple", "full"} <= {*map(str, found.table().index.get_level_values(0))}


def test_columns_that_are_called_as_parameters_are_or_as_nothing_in_python():
    table = FLATS.rename(
        columns={"price": "sale price", "area": "class", "district": "sigma", "year": "intercept"}
    )
    model = bb.formula("`sale price` ~ `class` + sigma + intercept", table)
    assert list(model.parameters) == ["intercept", "b_class", "b_sigma", "b_intercept", "sigma"]
    found = bb.fit_mle(model, table).estimate
    same = bb.fit_mle(bb.formula("price ~ area + district + year", FLATS), FLATS).estimate
    assert found.b_sigma == pytest.approx(same.b_district, rel=1e-9)
    assert name_of(model) == "`sale price` ~ `class` + sigma + intercept"


def test_the_page_of_a_formula_tells_how_to_make_it_again():
    import json
    from importlib.resources import files

    import jsonschema

    from bayesbench.report.page import command
    from bayesbench.results import results

    gaps = FLATS.assign(area=FLATS["area"].where(FLATS.index != 3))
    table = bb.read_data(gaps, columns={"cost": "price"}, drop_missing=True)
    model = bb.formula("cost ~ area", table, robust=True, priors="area=Normal(0, 9000)")
    made = bb.contrast(model, table, seed=2, chains=2, warmup=200, draws=200, progress=False)
    found = json.loads(json.dumps(results(made)))
    schema = json.loads(files("bayesbench.report").joinpath("results.schema.json").read_text())
    jsonschema.validate(found, schema)
    assert found["reading"] == {
        "columns": {"cost": "price"},
        "drop_missing": True,
        "family": None,
        "prior": "area=Normal(0.0, 9000.0)",
        "robust": True,
        "standardize": None,
    }
    told = command(found)
    assert told.startswith("bayesbench report 'cost ~ area' ")
    for words in ("--columns cost=price", "--prior 'area=Normal(0.0, 9000.0)'", "--robust"):
        assert words in told
    assert "1 of 200 rows was left out for missing values: 1 in 'area'." in found["data_in_words"]


def test_compared_models_have_the_rows_that_are_whole_for_all(run, tmp_path):
    gaps = FLATS.assign(year=FLATS["year"].where(FLATS.index > 4))
    gaps.head(60).to_csv(tmp_path / "flats.csv", index=False)
    words = ("price ~ area", "price ~ area + year", "--data", "flats.csv", "--drop-missing")
    done = run("compare", *words, "--folds", "2", "--draws", "100", "--warmup", "100")
    assert done.returncode == 0, done.stderr
    assert "5 of 60 rows were left out for missing values: 5 in 'year'." in done.stderr
    refused = run("compare", *words[:-1], "--folds", "2")
    assert refused.returncode == 2
    assert "column 'year': found 5 missing values, in rows 1, 2, 3, 4 and 5" in refused.stderr


def test_of_which_row_the_intercept_is():
    from bayesbench.formulas.intercept import intercept_in_words

    fit = bb.fit_mle(bb.formula("price ~ area + C(district)", FLATS), FLATS)
    x = _design(FLATS["area"], SOUTH, WEST)
    best = np.linalg.lstsq(x, FLATS["price"].to_numpy())[0]
    words = intercept_in_words(fit.bound)
    opening, middle, rest = words.partition(" = ")[0], *words.partition(" = ")[2].split(", ")
    assert (opening, rest) == ("intercept: of a row with area", "not of zeros")
    assert float(middle) == pytest.approx(FLATS["area"].mean(), rel=1e-3)
    assert fit.params["intercept"] == pytest.approx(best[0] + best[1] * float(middle), rel=1e-7)
