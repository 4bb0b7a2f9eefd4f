from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.datasets.split import in_random_order, kept_together, split, subsample
from calibrate.errors import CalibrateError


def names(count):
    return [f"image {index}" for index in range(count)]


images = st.lists(
    st.tuples(st.integers(0, 30).map(str), st.sampled_from([None, 0, 1, 2, "cat", "dog"])),
    min_size=1,
    max_size=60,
)


@given(images, st.floats(0.05, 0.95), st.integers(0, 5))
def test_both_sides_have_everything_once_and_no_content_twice(listed, acceptance, seed):
    digests, strata = [entry for entry, _ in listed], [other for _, other in listed]
    if len(set(digests)) < 2:
        with pytest.raises(CalibrateError, match=r"split\.acceptance: 1 distinct image among"):
            split(digests, strata, acceptance=acceptance, seed=seed)
        return
    sets = split(digests, strata, acceptance=acceptance, seed=seed)
    assert sorted(sets.search + sets.acceptance) == list(range(len(listed)))
    judging = {digests[index] for index in sets.acceptance}
    assert not judging & {digests[index] for index in sets.search}
    distinct = len(set(digests))
    assert len(judging) == min(max(round(acceptance * distinct), 1), distinct - 1)


@given(images, st.integers(0, 5), st.randoms(use_true_random=False))
def test_the_order_of_the_list_does_not_matter(listed, seed, draws):
    if len({digest for digest, _ in listed}) < 2:
        return
    shuffled = listed.copy()
    draws.shuffle(shuffled)

    def judging(entries):
        sets = split(*zip(*entries, strict=True), acceptance=0.5, seed=seed)
        return {entries[index][0] for index in sets.acceptance}

    assert judging(listed) == judging(shuffled)


@pytest.mark.parametrize("acceptance", [0.2, 0.5, 0.8])
def test_every_class_gives_its_share(acceptance):
    strata = [0] * 100 + [1] * 50 + ["rare"] * 5 + [None] * 20
    sets = split(names(175), strata, acceptance=acceptance, seed=1)
    counts = Counter(strata[index] for index in sets.acceptance)
    for stratum, count in Counter(strata).items():
        assert abs(counts[stratum] - acceptance * count) < 1.3
    assert len(sets.acceptance) == round(acceptance * 175)


def test_one_image_a_class_divides_the_classes():
    sets = split(names(500), list(range(500)), acceptance=0.5, seed=0)
    assert len(sets.acceptance) == 250
    # Not every second one: classes are shuffled.
    assert len({index % 2 for index in sets.acceptance}) == 2


def test_seeds_differ_and_repeat():
    sets = split(names(100), [0] * 100, acceptance=0.5, seed=0)
    assert sets == split(names(100), [0] * 100, acceptance=0.5, seed=0)
    assert sets != split(names(100), [0] * 100, acceptance=0.5, seed=1)


def test_the_draw_is_fixed_for_good():
    # A change here would give every user another verdict for the same config.
    assert split(names(8), [0, 1] * 4, acceptance=0.5, seed=0).acceptance == EIGHT


EIGHT = (2, 3, 6, 7)


def test_two_images_make_a_split():
    sets = split(["a", "b"], [0, 1], acceptance=0.9, seed=0)
    assert len(sets.search) == len(sets.acceptance) == 1


def test_equal_images_only_are_no_split():
    with pytest.raises(CalibrateError) as raised:
        split(["a"] * 5, [0] * 5, acceptance=0.5, seed=0)
    assert "1 distinct image among 5: too few to choose on some" in str(raised.value)
    assert "add images" in str(raised.value)


NAMES = [f"image {number}" for number in range(100)]


@pytest.mark.parametrize(("size", "drawn"), [(1, 1), (10, 10), (99, 99), (100, 100), (500, 100)])
def test_subsample_has_the_size(size, drawn):
    result = subsample(NAMES, [0] * 70 + [1] * 30, size, seed=2)
    assert len(set(result)) == len(result) == drawn
    assert abs(np.mean([index >= 70 for index in result]) - 0.3) < 1 / drawn + 1e-9


def test_subsample_depends_on_names_not_on_their_order():
    strata = [0] * 70 + [1] * 30
    drawn = [NAMES[index] for index in subsample(NAMES, strata, 20, seed=2)]
    turned = subsample(NAMES[::-1], strata[::-1], 20, seed=2)
    assert [NAMES[::-1][index] for index in turned] == drawn
    # Neither by class nor as listed.
    assert {index >= 70 for index in subsample(NAMES, strata, 20, seed=2)[:8]} == {True, False}
    assert in_random_order(NAMES[::-1], 2) == in_random_order(NAMES, 2) != sorted(NAMES)


def test_equal_images_are_drawn_once():
    assert len(subsample(["a", "b", "a", "a"], [0] * 4, 4, seed=0)) == 2


def test_subsample_of_nothing_and_none():
    assert subsample([], [], 5, seed=0) == ()
    with pytest.raises(CalibrateError, match="a draw of 0 images; draw at least one"):
        subsample(["a"], [0], 0, seed=0)


def test_samples_of_a_group_or_one_content_stay_together(caplog):
    digests = ["a", "b", "b", "d", "e", *names(15)]
    groups = ["1", "1", "2", "", "2", *[""] * 15]
    together = kept_together(digests, groups)
    assert together[0] == together[1] == together[2] == together[4] == "a"
    assert together[3] == "d"
    assert list(together[5:]) == digests[5:]
    assert kept_together(digests, [""] * 20) == digests
    assert not caplog.records


def test_a_group_of_most_samples_is_divided(caplog):
    digests = names(20)
    assert kept_together(digests, ["1"] * 6 + [""] * 14) == digests
    assert "pairs connect 6 of the 20 samples" in caplog.text
