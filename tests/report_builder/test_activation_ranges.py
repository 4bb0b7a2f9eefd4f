from types import SimpleNamespace

import numpy as np
import pytest

from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, Candidate, Group
from calibrate.core.progress import Silent
from calibrate.evaluation.activation_ranges import Seen, Watched
from calibrate.report_builder import activation_ranges as ranges
from calibrate.report_builder.activation_ranges import range_facts


def watch(group):
    return Watched(group, f"op{group}", 0, np.array([-1.0, -2.0]), np.array([3.0, 1.0]))


@pytest.fixture
def solver(monkeypatch):
    count = 20
    monkeypatch.setattr(ranges, "watched", lambda *_: tuple(watch(i) for i in range(count)))
    outside = {i: Seen(-2.5, 2.5, i / 100) for i in range(count)}
    monkeypatch.setattr(ranges, "_seen", lambda *_: outside)
    images = SimpleNamespace(acceptance=tuple(range(100)), calibration=(0, 2, 4))
    ground = SimpleNamespace(images=images, costs=Costs(lambda: 0.0), progress=Silent())
    groups = tuple(Group(f"g{i}", (), (f"q{i}",)) for i in range(count))
    return SimpleNamespace(ground=ground, groups=groups, models={"int8": object()}, damages={})


def names(found):
    return [facts.group for facts in found]


def test_those_that_clip_most_where_none_was_measured(solver):
    found = range_facts(solver, Candidate.uniform(solver.groups, "int8"))
    assert names(found) == [f"g{i}" for i in range(19, 7, -1)]
    first = found[0]
    assert (first.low, first.high, first.observed_low, first.observed_high) == (-2, 3, -2.5, 2.5)
    assert (first.tensor, first.outside, first.images) == ("op19", 0.19, 16)


def test_the_most_sensitive_where_they_were_measured(solver):
    solver.damages = {(i, "int8"): SimpleNamespace(mean=1.0 / (i + 1)) for i in range(20)}
    found = range_facts(solver, Candidate.uniform(solver.groups, FP32))
    assert names(found) == [f"g{i}" for i in range(12)]


def test_nothing_quantized_has_no_ranges(solver):
    solver.groups = ()
    assert range_facts(solver, Candidate(())) == ()
