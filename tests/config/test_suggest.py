import pytest

from calibrate.config.schema import RunConfig
from calibrate.config.suggest import advice, home, suggestion


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("topk", ["top_k", "type"], "top_k"),
        ("TopK", ["top_k", "type"], "top_k"),
        ("maximal_drop", ["max_drop", "drop_type"], "max_drop"),
        ("tolerable_loss", ["max_drop", "drop_type"], "max_drop"),
        ("criterion", ["max_drop", "drop_type"], "drop_type"),
        ("tolerable_loss", ["other"], None),
        ("zzz", ["max_drop"], None),
        ("x", [], None),
    ],
)
def test_suggestion(word, known, expected):
    assert suggestion(word, known) == expected


def test_advice_without_a_near_word_lists_the_known():
    assert advice("zzz", ["b", "a"]) == "known: a, b"
    assert advice("zzz", []) == ""


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("max_drop", "budget.max_drop"),
        ("maximal_drop", "budget.max_drop"),
        ("preset", "quantization.preset"),
        ("timeout", "search.timeout"),
        ("max_trials", "search.max_num_iterations"),
        ("path", "model.path"),
        ("adapter", "dataset.adapter"),
        ("nowhere", None),
    ],
)
def test_home(key, expected):
    assert home(RunConfig, key) == expected
