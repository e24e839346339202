"""The documentation of each public function and method tells of all that it takes and raises."""

import inspect
import re
from importlib import import_module

import pytest

from conftest import PROJECT

PAGES = sorted((PROJECT / "docs" / "reference").glob("*.md"))
PLACES = [
    place
    for page in PAGES
    for place in re.findall(r"^::: ([\w.]+)$", page.read_text(), re.MULTILINE)
]


def callables(place):
    """A public function, or a class and what it can be asked for, by name."""
    module, _, name = place.rpartition(".")
    thing = getattr(import_module(module), name)
    yield name, thing
    for inner, value in vars(thing).items() if inspect.isclass(thing) else ():
        # A property has its getter, a cached one its function, a classmethod what it wraps.
        known = (getattr(value, part, None) for part in ("fget", "func", "__func__"))
        function = next(filter(None, known), value)
        if not inner.startswith("_") and inspect.isfunction(function):
            yield f"{name}.{inner}", function


@pytest.mark.parametrize("place", PLACES)
def test_what_is_taken_and_raised_is_told(place):
    for name, function in callables(place):
        told = inspect.getdoc(function)
        assert told, name
        if not inspect.isclass(function):
            given = [
                each
                for each in inspect.signature(function).parameters
                if each not in ("self", "cls")
            ]
            missing = [each for each in given if not re.search(rf"\b{each}s?\b", told)]
            assert not missing, (name, missing)
            assert "Raises" in told or " raise " not in inspect.getsource(function), name


@pytest.mark.parametrize("place", [each for each in PLACES if not each.split(".")[-1][0].isupper()])
def test_a_function_has_its_parameters_or_they_are_in_its_sentence(place):
    (_, function), *_ = callables(place)
    told = inspect.getdoc(function)
    if len(inspect.signature(function).parameters) > 2:
        assert "Parameters\n----------\n" in told
