from pathlib import Path

import numpy as np
import pytest

from calibrate.config.resolved import Resolved
from calibrate.config.schema import RunConfig, Split
from calibrate.context.dataset import (
    FEW_SAMPLES,
    Data,
    Fold,
    check_judging,
    choose_items,
    is_crossed,
    sample_memory,
    split_samples,
)
from calibrate.core.annotation import ClassLabel
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.decoders.classification import Classification
from calibrate.errors import CalibrateError
from tests.fixtures.contexts import BlackImages, run_config


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


def test_sides_and_sets_of_one_fold():
    data = Data(tensors(4), (3,), (Fold((0, 2), (1,)),))
    assert [data.side(index) for index in (0, 1)] == ["search", "acceptance"]
    assert data.everything == (0, 1, 2)
    crossed = Data(tensors(4), (), (Fold((0, 2), (1, 3)), Fold((1, 3), (0, 2))))
    assert crossed.side(0) is None


@pytest.mark.parametrize(
    ("limit", "room", "mebibytes"),
    [(None, None, 256), (100, None, 50), (None, 10 << 20, 10), (100, 90 << 20, 50)],
)
def test_memory_for_samples(limit, room, mebibytes):
    assert sample_memory(limit, room) == mebibytes << 20


@pytest.mark.parametrize(
    ("count", "size", "message"),
    [
        (5, 6, "the dataset has 5 samples, 6 are asked for"),
        (0, None, "the dataset is empty"),
    ],
)
def test_too_few_items_are_refused(count, size, message):
    with pytest.raises(CalibrateError, match=message):
        choose_items(resolved(count, size))


def test_a_subsample_is_drawn_by_seed():
    chosen = choose_items(resolved(20, 7))
    assert len(chosen) == 7
    assert chosen == choose_items(resolved(20, 7))
    assert choose_items(resolved(20, None)) == list(
        BlackImages([str(i) for i in range(20)]).items()
    )


def test_too_few_acceptance_samples_are_refused():
    data = Data(tensors(2, copies=9), (), (Fold((1,), (0, *range(2, 11))),))
    with pytest.raises(CalibrateError, match="1 different acceptance samples are too few"):
        check_judging(resolved(11, None), data)


def resolved(count: int, size: int | None) -> Resolved:
    sections = {"dataset": {"adapter": {"type": "arrays"}, "subsample_size": size}}
    adapter = BlackImages([str(index) for index in range(count)])
    return Resolved(
        run_config(**sections), Path("run.yaml"), adapter, (), Classification(), (), "", {}, {}
    )
