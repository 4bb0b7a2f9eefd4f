from types import SimpleNamespace

import numpy as np
import pytest

from calibrate.core.costs import Costs
from calibrate.core.precision import FP32, INT8, Candidate, Group
from calibrate.core.progress import NoProgress
from calibrate.evaluation.activation_ranges import ObservedRange, WatchedTensor
from calibrate.report_builder import activation_ranges as ranges
from calibrate.report_builder.activation_ranges import range_facts


def watch(group):
    return WatchedTensor(group, f"op{group}", 0, np.array([-1.0, -2.0]), np.array([3.0, 1.0]))


@pytest.fixture
def mixed_precision_search(monkeypatch):
    count = 20
    monkeypatch.setattr(ranges, "watched_tensors", lambda *_: tuple(watch(i) for i in range(count)))
    outside = {i: ObservedRange(-2.5, 2.5, i / 100) for i in range(count)}
    monkeypatch.setattr(ranges, "_observed_ranges", lambda *_: outside)
    images = SimpleNamespace(acceptance=tuple(range(100)), calibration=(0, 2, 4))
    context = SimpleNamespace(images=images, costs=Costs(lambda: 0.0), progress=NoProgress())
    groups = tuple(Group(f"g{i}", (), (f"q{i}",)) for i in range(count))
    return SimpleNamespace(context=context, groups=groups, models={INT8: object()}, damages={})


def names(found):
    return [facts.group for facts in found]


def test_those_that_clip_most_where_none_was_measured(mixed_precision_search):
    found = range_facts(
        mixed_precision_search, Candidate.uniform(mixed_precision_search.groups, INT8)
    )
    assert names(found) == [f"g{i}" for i in range(19, 7, -1)]
    first = found[0]
    assert (first.low, first.high, first.observed_low, first.observed_high) == (-2, 3, -2.5, 2.5)
    assert (first.tensor, first.outside, first.images) == ("op19", 0.19, 16)


def test_the_most_sensitive_where_they_were_measured(mixed_precision_search):
    mixed_precision_search.damages = {
        (i, INT8): SimpleNamespace(mean=1.0 / (i + 1)) for i in range(20)
    }
    found = range_facts(
        mixed_precision_search, Candidate.uniform(mixed_precision_search.groups, FP32)
    )
    assert names(found) == [f"g{i}" for i in range(12)]


def test_nothing_quantized_has_no_ranges(mixed_precision_search):
    mixed_precision_search.groups = ()
    assert range_facts(mixed_precision_search, Candidate(())) == ()
