"""What is imported when: nothing heavy before it is used."""

import subprocess
import sys

import pytest

HEAVY = {
    "torch",
    "jax",
    "arviz",
    "arviz_base",
    "arviz_stats",
    "arviz_plots",
    "matplotlib",
    "pandas",
}

CASES = {
    "import bayesbench": "import bayesbench",
    "from bayesbench import *": "from bayesbench import *",
    "views": "from bayesbench.views import curve, surface; curve('x')",
    "contrasting": "import bayesbench.contrasting",
    "load": "import bayesbench as bb; bb.load('coin')",
    "--help": (
        "import sys; sys.argv = ['bayesbench', '--help']\n"
        "import bayesbench.cli\n"
        "try: bayesbench.cli.main()\n"
        "except SystemExit as end: assert end.code in (0, None)"
    ),
}


def _imported(code):
    code += "\nimport sys; print('MODULES', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return {*done.stdout.rpartition("MODULES")[2].split()}


@pytest.mark.parametrize("case", CASES)
def test_light(case):
    assert not HEAVY & _imported(CASES[case])


@pytest.mark.parametrize("case", ["import bayesbench", "--help"])
def test_not_even_numpy(case):
    assert "numpy" not in _imported(CASES[case])


def test_the_mle_never_imports_jax_nor_arviz():
    code = (
        "import bayesbench as bb; c = bb.load('coin'); f = bb.fit_mle(c, c.example())\n"
        "f.events(), f.profile(), bb.fit_mle(c, c.example(), optimizer='adam', steps=3).findings\n"
        "bb.contrast(c, c.example(), methods=('mle',)).verdict"
    )
    found = _imported(code)
    assert "torch" in found
    assert not {"jax", "numpyro", "arviz_stats", "matplotlib"} & found


def test_the_map_never_imports_torch():
    found = _imported("import bayesbench as bb; c = bb.load('coin'); bb.fit_map(c, c.example())")
    assert "jax" in found
    assert not {"torch", "arviz_stats", "matplotlib"} & found


def test_a_posterior_imports_only_what_it_uses():
    found = _imported(
        "import bayesbench as bb; coin = bb.load('coin')\n"
        "bb.fit_posterior(coin, coin.example(), chains=2, warmup=50, draws=50)"
    )
    assert "numpyro" in found
    tables_and_tools = {"pandas", "arviz_stats", "xarray", "scipy.stats", "scipy.optimize"}
    assert not ({"torch", "matplotlib", "rich", "typer"} | tables_and_tools) & found
    others = {"map", "point", "pathfinder", "jax_training", "mle"}
    assert not {f"bayesbench.fit.{name}" for name in others} & found


COMMAND = (
    "import sys; sys.argv = ['bayesbench', 'fit', 'coin', '--method', {!r}]\n"
    "import bayesbench.cli\n"
    "try: bayesbench.cli.main()\n"
    "except SystemExit as end: assert end.code in (0, None)"
)


def test_the_command_of_a_posterior_imports_no_statistics_nor_figures():
    found = _imported(COMMAND.format("posterior"))
    assert "numpyro" in found
    tables_and_tools = {"pandas", "arviz_stats", "xarray", "scipy.stats"}
    assert not {"torch", "matplotlib", "jinja2"} & found
    assert not tables_and_tools & found


def test_the_command_of_the_mle_never_imports_jax():
    found = _imported(COMMAND.format("mle"))
    assert "torch" in found
    assert not {"jax", "numpyro", "arviz_stats", "scipy.stats", "matplotlib"} & found


def test_the_mle_never_loads_the_compiler_of_torch():
    code = (
        "import bayesbench as bb; c = bb.load('coin')\n"
        "bb.contrast(c, c.example(), methods=('mle', 'map')).verdict"
    )
    assert not {"torch._dynamo", "sympy"} & _imported(code)


def test_what_stood_in_for_the_compiler_is_taken_away():
    code = (
        "import torch; from bayesbench.fit.uncompiled import uncompiled\n"
        "with uncompiled(): torch.optim.SGD([torch.zeros(1)], lr=0.1)\n"
        "assert 'torch._dynamo' not in __import__('sys').modules\n"
        "plain = torch.optim.Optimizer.add_param_group.__wrapped__\n"
        "assert not hasattr(plain, '__dynamo_disable')\n"
        "torch.optim.SGD([torch.zeros(1)], lr=0.1)"
    )
    assert "torch._dynamo" in _imported(code)
