"""The bench against a journal; the networks are stand-ins that count."""

import numpy as np
import pytest

from calibrate.contracts.candidate import Candidate
from calibrate.contracts.costs import Costs
from calibrate.contracts.journal import Within
from calibrate.contracts.observation import Observation
from calibrate.evaluate import laboratory
from calibrate.search.journal import FileJournal

CANDIDATE = Candidate(("int8", "fp32"))


@pytest.fixture
def ran(monkeypatch):
    """Indices that were really run."""
    found = []

    def observe(network, reference, indices, *, advance, stop):
        seen = Observation()
        for index in indices:
            stop(seen)
            if index in network:
                raise KeyboardInterrupt
            found.append(index)
            seen.evidence[index] = (np.array([float(index)]),)
            seen.divergence[index] = 0.5 * index
            seen.expected[index] = (0.0,)
            advance()
        return seen

    def measure(network, reference, indices):
        found.extend(indices)
        return np.array([0.5 * index for index in indices])

    monkeypatch.setattr(laboratory, "Network", lambda model, costs: model)
    monkeypatch.setattr(laboratory, "observe", observe)
    monkeypatch.setattr(laboratory, "measure_divergence", measure)
    return found


@pytest.fixture
def bench(tmp_path, ran):
    """Benches of several sittings; `broken` are samples on which inference is interrupted."""
    journal = FileJournal(tmp_path / "journal", print)

    def make(broken=()):
        return laboratory.Bench(
            lambda _: broken,
            None,
            Costs(lambda: 0.0),
            journal=lambda c: Within(journal, {"candidate": "-".join(c)}),
        )

    with journal:
        yield make


def test_what_was_seen_is_not_run_again(bench, ran):
    bench().observe(CANDIDATE, range(10))
    ran.clear()
    seen = bench().observe(CANDIDATE, range(12))
    assert ran == [10, 11]
    assert seen.divergences(range(12)).tolist() == [0.5 * i for i in range(12)]


def test_what_was_seen_before_an_interrupt_is_kept(bench, ran):
    with pytest.raises(KeyboardInterrupt):
        bench(broken={7}).observe(CANDIDATE, range(10))
    ran.clear()
    bench().observe(CANDIDATE, range(10))
    assert ran == [7, 8, 9]


def test_another_candidate_is_another_measurement(bench, ran):
    bench().observe(CANDIDATE, range(3))
    ran.clear()
    bench().observe(Candidate(("fp32", "int8")), range(3))
    assert ran == [0, 1, 2]


def test_no_more_is_told_than_was_asked(bench):
    bench().observe(CANDIDATE, range(10))
    assert sorted(bench().observe(CANDIDATE, range(4)).evidence) == [0, 1, 2, 3]


def test_a_race_goes_as_far_as_it_did(bench, ran):
    bench().observe(CANDIDATE, range(300))
    ran.clear()
    counts = []

    def lost(seen, count):
        counts.append(count)
        assert len(seen.evidence) == count
        return count >= 128

    bench().observe(CANDIDATE, range(300), lost)
    assert counts == [64, 128]
    assert ran == []


def test_looks_of_a_divergence_are_taken_one_by_one(bench, ran):
    bench().divergence(CANDIDATE, range(40), lambda values: len(values) >= 24)
    assert ran == list(range(24))
    ran.clear()
    values = bench().divergence(CANDIDATE, range(40), lambda _: False)
    assert ran == list(range(24, 40))
    assert values.tolist() == [0.5 * i for i in range(40)]


def test_what_is_recalled_costs_what_it_did(tmp_path, ran):
    with FileJournal(tmp_path / "journal", print) as journal:
        ledgers = []
        for _ in range(2):
            now = [0.0]
            costs = Costs(lambda now=now: now[0])

            def compose(_, costs=costs, now=now):
                costs.spend(compilations=1, inferences=5)
                now[0] += 2.5
                return ()

            own = laboratory.Bench(compose, None, costs, journal=lambda _: Within(journal))
            own.observe(CANDIDATE, range(5))
            own.observe(CANDIDATE, range(5))
            ledgers.append(costs.total)
    assert ledgers[0].inferences == 5
    assert ledgers[1].inferences == 5
    assert ledgers[1].compilations == 1
    assert ledgers[1].seconds == 2.5
