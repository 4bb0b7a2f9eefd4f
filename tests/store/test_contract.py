"""What every store of measurements does, whatever it is made of."""

import numpy as np
import pytest

from calibrate.store.base import ScopedJournal
from calibrate.store.machine_cache import MachineCache, TieredJournal
from calibrate.store.run_journal import FileJournal

FACTS = {"model": "a", "images": "b"}


@pytest.fixture(params=["run journal", "machine cache", "both", "scoped"])
def store(request, tmp_path):
    def note(_):
        pass

    cache = MachineCache(tmp_path / "cache", note)
    with FileJournal(tmp_path / "journal", note) as journal:
        yield {
            "run journal": journal,
            "machine cache": cache,
            "both": TieredJournal(journal, cache),
            "scoped": ScopedJournal(journal, {"cpu": "c"}),
        }[request.param]


def test_nothing_is_known_at_first(store):
    assert list(store.recall("kind", FACTS)) == []


def test_a_record_comes_back_bit_by_bit(store):
    values = np.array([0.1, np.nan, -np.inf, -0.0])
    store.record("kind", FACTS, {"values": values, "number": 1 / 3, "names": ["ü", None]})
    (content,) = store.recall("kind", FACTS)
    assert content["values"].tobytes() == values.tobytes()
    assert (content["number"], content["names"]) == (1 / 3, ["ü", None])


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("other", FACTS),
        ("kind", {**FACTS, "model": "c"}),
        ("kind", {"model": "a"}),
        ("kind", {**FACTS, "more": ""}),
    ],
)
def test_other_facts_are_another_key(store, kind, facts):
    store.record("kind", FACTS, {"number": 1})
    assert list(store.recall(kind, facts)) == []


def test_the_order_of_the_facts_does_not_count(store):
    store.record("kind", FACTS, {"number": 1})
    (content,) = store.recall("kind", dict(reversed(FACTS.items())))
    assert content["number"] == 1


def test_what_comes_back_may_be_changed_without_changing_the_store(store):
    store.record("kind", FACTS, {"values": np.zeros(3)})
    (first,) = store.recall("kind", FACTS)
    first["values"][:] = 1
    (again,) = store.recall("kind", FACTS)
    assert again["values"].tolist() == [0, 0, 0]
