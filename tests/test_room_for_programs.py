"""Programs are given up before the system would end the process, and come again."""

import numpy as np
import pytest

import bayesbench as bb
from bayesbench.fit import room_for_programs
from bayesbench.fit.room_for_programs import MAPS, make_room


@pytest.mark.skipif(not MAPS.exists(), reason="this system does not tell what is mapped")
def test_draws_are_the_same_after_room_was_made(monkeypatch):
    coin = bb.load("coin")
    asked = {"draws": 20, "seed": 3, "progress": False}
    before = bb.fit_posterior(coin, coin.example(), **asked)
    mapped = MAPS.read_bytes().count(b"\n")
    monkeypatch.setattr(room_for_programs, "SHARE", 0.0)
    assert make_room()
    assert MAPS.read_bytes().count(b"\n") < mapped
    after = bb.fit_posterior(coin, coin.example(), **asked)
    assert np.array_equal(before.draws.values["theta"], after.draws.values["theta"])


def test_nothing_is_given_up_while_there_is_room(monkeypatch, tmp_path):
    (tmp_path / "maps").write_text("one\ntwo\n")
    (tmp_path / "most").write_text("65530\n")
    monkeypatch.setattr(room_for_programs, "MAPS", tmp_path / "maps")
    monkeypatch.setattr(room_for_programs, "MOST", tmp_path / "most")
    assert not make_room()


def test_a_system_that_tells_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(room_for_programs, "MAPS", tmp_path / "none")
    assert not make_room()
