"""The unrolled hash gives the bits of the published one, and JAX's own random numbers."""

import jax
import numpy as np
import pytest
from jax.extend.random import threefry_2x32 as by_jax

from bayesbench.fit.threefry import UNROLLED, as_key, as_numbers, is_key, threefry_2x32

# The authors' known answers for 20 rounds (Random123, kat_vectors): counter, key, hash.
KNOWN = [
    ("00000000 00000000", "00000000 00000000", "6b200159 99ba4efe"),
    ("ffffffff ffffffff", "ffffffff ffffffff", "1cb996fc bb002be7"),
    ("243f6a88 85a308d3", "13198a2e 03707344", "c4923a9c 483df7a0"),
]


def words(text):
    return np.array([int(word, 16) for word in text.split()], dtype=np.uint32)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_the_hash_has_the_known_answers(counter, key, answer):
    high, low = words(counter)[:, None]
    found = np.concatenate(threefry_2x32(words(key), high, low))
    np.testing.assert_array_equal(found, words(answer))
    np.testing.assert_array_equal(by_jax(words(key), words(counter)), words(answer))


DRAWS = {
    "key data": lambda key: jax.random.key_data(key),
    "split": lambda key: jax.random.key_data(jax.random.split(key, (3, 2))),
    "fold_in": lambda key: jax.random.key_data(jax.random.fold_in(key, 4_000_000_000)),
    "uniform": lambda key: jax.random.uniform(key, (5, 3)),
    "one uniform": lambda key: jax.random.uniform(key),
    "normal": lambda key: jax.random.normal(key, (7,)),
    "bernoulli": lambda key: jax.random.bernoulli(key, 0.3, (20,)),
    "integers": lambda key: jax.random.randint(key, (9,), 0, 1000),
    "permutation": lambda key: jax.random.permutation(key, 11),
    **{
        f"bits {width}": lambda key, width=width: jax.random.bits(key, (4,), f"uint{width}")
        for width in (8, 16, 32)
    },
}


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("seed", [0, 7, 2**31 - 1])
def test_the_numbers_are_those_of_jax(name, seed, wide):
    with jax.enable_x64(wide):
        own = DRAWS[name](jax.random.key(seed, impl=UNROLLED))
        np.testing.assert_array_equal(own, DRAWS[name](jax.random.key(seed)))


def test_bits_of_64_and_a_long_seed_are_those_of_jax():
    with jax.enable_x64(True):
        own, other = jax.random.key(-3 * 2**40, impl=UNROLLED), jax.random.key(-3 * 2**40)
        np.testing.assert_array_equal(jax.random.key_data(own), jax.random.key_data(other))
        found, wanted = (jax.random.bits(key, (6,), "uint64") for key in (own, other))
        np.testing.assert_array_equal(found, wanted)


def test_side_by_side_under_jit_as_one_by_one():
    numbers = jax.random.key_data(jax.random.split(jax.random.key(1), 4))
    draw = jax.jit(jax.vmap(lambda part: jax.random.normal(as_key(part), (3,))))
    each = [jax.random.normal(jax.random.wrap_key_data(part), (3,)) for part in numbers]
    np.testing.assert_array_equal(draw(numbers), np.stack(each))


def test_keys_go_out_and_come_back():
    key = jax.random.key(5, impl=UNROLLED)
    assert is_key(key)
    assert not is_key(as_numbers(key))
    np.testing.assert_array_equal(as_numbers(np.arange(3.0)), np.arange(3.0))
    again = as_key(as_numbers(key))
    np.testing.assert_array_equal(jax.random.uniform(again), jax.random.uniform(key))
