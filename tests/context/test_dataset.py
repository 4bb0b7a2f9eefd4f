import numpy as np
import pytest

from calibrate.config.schema import RunConfig, Split
from calibrate.context.dataset import FEW_SAMPLES, Data, is_crossed, split_samples
from calibrate.core.annotation import ClassLabel
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from tests.fixtures.contexts import run_config


def config(**split: object) -> RunConfig:
    return run_config(split=split, quantization={"subset_size": 8})


def tensors(count: int, copies: int = 0) -> Tensors:
    digests = [str(index) for index in range(count)] + ["0"] * copies
    facts = [Facts(str(index), ClassLabel(index % 4)) for index in range(count + copies)]
    return Tensors((np.zeros((count + copies, 1), np.float32),), tuple(facts), tuple(digests))


@pytest.mark.parametrize(
    ("split", "distinct", "expected"),
    [
        ({}, FEW_SAMPLES - 1, True),
        ({}, FEW_SAMPLES, False),
        ({"acceptance": 0.5}, 100, False),
        ({"cross_fit": True, "acceptance": 0.3}, 5000, True),
        ({"cross_fit": False}, 100, False),
    ],
)
def test_is_crossed(split, distinct, expected):
    assert is_crossed(Split(**split), distinct) is expected


def test_one_fold_keeps_the_sets_apart():
    images = split_samples(config(cross_fit=False, acceptance=0.4), tensors(50))
    assert len(images.folds) == 1
    assert len(images.acceptance) == 20
    assert not set(images.acceptance) & {*images.search, *images.calibration}
    # Calibration has images of its own where at least twice as many remain.
    assert not set(images.search) & set(images.calibration)
    assert images.everything == tuple(sorted(set(range(50)) - set(images.calibration)))


def test_two_folds_are_the_reverse_of_each_other():
    images = split_samples(config(), tensors(50, copies=3))
    first, second = images.folds
    assert (first.search, first.acceptance) == (second.acceptance, second.search)
    assert images.search == images.acceptance == images.everything == tuple(range(53))
    assert len(images.calibration) == 8
    copies = {0, 50, 51, 52}
    assert copies <= set(first.search) or copies <= set(first.acceptance)


def test_an_order_depends_on_contents_and_seed_and_keeps_copies_together():
    given = tensors(6, copies=2)
    images = Data(given, (), ())
    order = images.in_random_order(range(8), seed=3)
    assert sorted(order) == list(range(8))
    first = order.index(0)
    assert order[first : first + 3] == (0, 6, 7)
    # Another list of the same contents: the same contents in the same order.
    turned = Tensors(given.inputs, given.facts, given.digests[::-1])
    again = Data(turned, (), ()).in_random_order(range(8), seed=3)
    assert [turned.digests[i] for i in again] == [given.digests[i] for i in order]
    assert images.in_random_order(range(8), seed=4) != order
