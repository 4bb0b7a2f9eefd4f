from itertools import count

import pytest

from calibrate.config.load import load_config
from calibrate.context.run_context import build_context
from calibrate.core.costs import Costs
from calibrate.core.progress import NoProgress
from calibrate.report_builder.sensitivities import (
    affordable,
    allowed_seconds,
    report_sensitivities,
)
from calibrate.search.plain_variant import quantize_plain
from calibrate.search.variant_store import VariantStore


@pytest.mark.parametrize(
    ("floor", "expected"), [(0, 5), (10, 5), (20, 5), (40, 10), (120, 30), (4000, 30)]
)
def test_allowed_seconds(floor, expected):
    assert allowed_seconds(floor) == expected


@pytest.mark.parametrize(
    ("groups", "each", "seconds", "expected"),
    [
        (20, 0.1, 5, 20),  # each group alone
        (20, 0.0, 5, 20),
        (20, 0.5, 5, 10),  # sets of groups
        (20, 1.0, 5, 0),  # so few say little
        (4, 1.0, 5, 4),  # all of few groups
        (6, 1.0, 5, 0),
        (209, 0.1, 30, 51),  # the limit of group testing
        (209, 1.0, 30, 30),
    ],
)
def test_affordable(groups, each, seconds, expected):
    assert affordable(groups, each, seconds) == expected


@pytest.mark.parametrize(
    ("seconds_a_step", "expired", "missing"),
    [
        (0.0, False, ""),
        (0.0, True, "Time ran out before the sensitivity of any group was measured."),
        (60.0, False, "more than a quarter of the time that any run of this model needs"),
    ],
)
def test_what_is_missing_has_its_reason(job, tmp_path, seconds_a_step, expired, missing):
    resolved = load_config(job)
    steps = count()
    costs = Costs(lambda: next(steps) * seconds_a_step)
    context = build_context(resolved, costs, NoProgress(), tmp_path / "work")
    store = VariantStore(context, (), lambda: expired)
    quantize_plain(store)
    measured = report_sensitivities(store)
    assert missing in measured.missing
    assert (measured.missing == "") == (missing == "")
    assert set(measured.by_group) == (set() if missing else {g.name for g in store.groups})
    assert not measured.in_sets
