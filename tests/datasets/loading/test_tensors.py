import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel
from calibrate.core.sample import Item, Sample
from calibrate.datasets.loading.sample_store import StoredRows
from calibrate.datasets.loading.tensors import LoadOptions, SampleReader, bind_plans, load, sizes
from calibrate.errors import CalibrateError, PluginError, Problems
from calibrate.models.inputs import InputPlan

PLANS = (InputPlan("x", 0, (1, 4), "", np.dtype(np.float32), "x"),)
TWO = (*PLANS, InputPlan("y", 1, (1, 2), "", np.dtype(np.uint8), "y"))


@dataclass
class Numbers:
    """Sample i holds i; those that are listed as bad raise."""

    bad: dict[int, Exception] = field(default_factory=dict)
    modulus: int = 1000
    threads: set[int] = field(default_factory=set)

    def items(self) -> Sequence[Item]:
        raise AssertionError("what is read is given")

    def read(self, item: Item) -> Sample:
        self.threads.add(threading.get_ident())
        if item.index in self.bad:
            raise self.bad[item.index]
        value = item.index % self.modulus
        data = {"x": np.full(4, value, np.float32), "y": np.full(2, value, np.uint8)}
        return Sample(item.id, data, ClassLabel(value), source=f"{item.id}.png")

    def sources(self) -> Sequence[Path]:
        return ()

    def label_names(self) -> Sequence[str]:
        return ()


@dataclass(frozen=True)
class Doubling:
    fails_at: int = -1

    def __call__(self, sample: Sample) -> Sample:
        if sample.data["x"][0] == self.fails_at:
            raise KeyError("lost")
        data = {**sample.data, "x": sample.data["x"] * 2}
        return Sample(sample.id, data, sample.annotation, source=sample.source)


def items(count: int) -> list[Item]:
    return [Item(f"s{i}", Path(f"s{i}.png"), index=i) for i in range(count)]


def keeping(folder: Path, on_bad: str = "error", in_memory: int = 1 << 20) -> LoadOptions:
    return LoadOptions(on_bad, in_memory, folder)


def nothing() -> None:
    """Receives no progress."""


def test_order_is_that_of_the_items_and_every_sample_is_reported(tmp_path):
    text: list[int] = []
    loaded = load(
        SampleReader(Numbers(), [Doubling()]),
        items(50),
        TWO,
        keep=keeping(tmp_path),
        advance=lambda: text.append(1),
    )
    assert loaded.inputs[0].dtype == np.float32
    assert loaded.inputs[0][:, 0].tolist() == [2.0 * i for i in range(50)]
    assert loaded.inputs[1][:, 0].tolist() == list(range(50))
    assert [fact.id for fact in loaded.facts] == [f"s{i}" for i in range(50)]
    assert loaded.facts[3].annotation == ClassLabel(3)
    assert len(text) == 50


def test_equal_content_has_an_equal_digest_whatever_it_is_called(tmp_path):
    chain = SampleReader(Numbers(modulus=3), [])
    loaded = load(chain, items(6), PLANS, keep=keeping(tmp_path), advance=nothing)
    assert loaded.digests[:3] == loaded.digests[3:]
    assert len(set(loaded.digests)) == 3
    # It is the decoded content's, so preprocessing does not matter.
    doubled = SampleReader(Numbers(modulus=3), [Doubling()])
    other = load(doubled, items(6), PLANS, keep=keeping(tmp_path), advance=nothing)
    assert other.digests == loaded.digests


def test_a_file_on_disk_holds_what_memory_would(tmp_path):
    work = tmp_path / "work"
    bad = {3: CalibrateError("torn", "s3.png")}
    chain = SampleReader(Numbers(bad), [])
    kept = [
        load(chain, items(9), TWO, keep=keeping(work, "skip", bound), advance=nothing)
        for bound in (1 << 20, 0)
    ]
    assert [isinstance(entry.inputs[0], StoredRows) for entry in kept] == [False, True]
    for first, second in zip(kept[0].inputs, kept[1].inputs, strict=True):
        assert np.array_equal(first, second[:])
    for indices, batch in (([4], 1), ([2, 6], 4)):
        fed = [entry.feed(indices, batch) for entry in kept]
        assert all(np.array_equal(fed[0][key], fed[1][key]) for key in (0, 1))
    assert kept[0].digest() == kept[1].digest()
    # A crash cannot leave what has no name.
    assert not work.exists()


def test_bad_samples_are_all_named(tmp_path):
    bad = {i: CalibrateError("torn", f"s{i}.png", "copy it again") for i in (2, 5)}
    with pytest.raises(Problems) as caught:
        load(
            SampleReader(Numbers(bad), []), items(6), PLANS, keep=keeping(tmp_path), advance=nothing
        )
    assert str(caught.value).splitlines() == [
        "s2.png: torn; copy it again",
        "s5.png: torn; copy it again",
        "dataset: 2 of 6 samples cannot be read; mend them, or set dataset.bad_samples: skip",
    ]


def test_of_many_bad_samples_twenty_are_named(tmp_path):
    bad: dict[int, Exception] = {i: CalibrateError("torn", f"s{i}.png") for i in range(100)}
    with pytest.raises(Problems) as caught:
        load(
            SampleReader(Numbers(bad), []),
            items(100),
            PLANS,
            keep=keeping(tmp_path),
            advance=nothing,
        )
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1].startswith("dataset: 100 of 100 samples cannot be read")


def test_bad_samples_are_skipped_where_the_config_allows_it(tmp_path):
    bad = {2: CalibrateError("torn", "s2.png")}
    loaded = load(
        SampleReader(Numbers(bad), []),
        items(5),
        PLANS,
        keep=keeping(tmp_path, "skip"),
        advance=nothing,
    )
    assert loaded.skipped == ("s2.png: torn",)
    assert [fact.id for fact in loaded.facts] == ["s0", "s1", "s3", "s4"]
    assert loaded.inputs[0][:, 0].tolist() == [0, 1, 3, 4]
    assert len(loaded.digests) == 4


@pytest.mark.parametrize(
    ("count", "bad", "message"),
    [
        (1, {}, "dataset: the dataset gives 1 sample; at least two are needed"),
        (3, {1: CalibrateError("torn", "s1.png"), 2: CalibrateError("torn", "s2.png")}, "s1.png"),
    ],
)
def test_two_samples_are_the_least(count, bad, message, tmp_path):
    chain = SampleReader(Numbers(bad), [])
    with pytest.raises(CalibrateError) as caught:
        load(chain, items(count), PLANS, keep=keeping(tmp_path, "skip"), advance=nothing)
    assert message in str(caught.value)


def test_what_a_step_raises_carries_file_and_component(tmp_path):
    chain = SampleReader(Numbers(), [Doubling(fails_at=3)])
    with pytest.raises(PluginError) as caught:
        load(chain, items(5), PLANS, keep=keeping(tmp_path), advance=nothing)
    assert str(caught.value) == "s3.png: Doubling fails with KeyError: 'lost'"
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize(
    "error", [RuntimeError("odd"), ZeroDivisionError("by zero"), OSError("gone"), StopIteration()]
)
def test_whatever_an_adapter_raises_does_too(error, tmp_path):
    chain = SampleReader(Numbers({1: error}), [])
    with pytest.raises(PluginError) as caught:
        load(chain, items(3), PLANS, keep=keeping(tmp_path), advance=nothing)
    assert str(caught.value).startswith(f"s1.png: Numbers fails with {type(error).__name__}")


def test_a_component_that_returns_no_sample_is_named(tmp_path):
    class Forgetful:
        def __call__(self, sample: Sample) -> None:
            return None

    with pytest.raises(PluginError, match=r"s0\.png: Forgetful gives NoneType, not a Sample"):
        bind_plans(SampleReader(Numbers(), [Forgetful()]), items(1)[0], PLANS)


def test_interrupting_is_no_bad_sample(tmp_path):
    chain = SampleReader(Numbers({1: MemoryError()}), [])
    with pytest.raises(MemoryError):
        load(chain, items(3), PLANS, keep=keeping(tmp_path, "skip"), advance=nothing)


def test_a_sample_that_does_not_fit_is_a_bad_one(tmp_path):
    wrong = (InputPlan("x", 0, (1, 5), "", np.dtype(np.float32), "x"),)
    with pytest.raises(CalibrateError, match=r"s0\.png: preprocessing gives \[4\]"):
        load(SampleReader(Numbers(), []), items(2), wrong, keep=keeping(tmp_path), advance=nothing)


def test_one_sample_binds_the_plans():
    open_plan = InputPlan("x", 0, (-1, -1), "", np.dtype(np.float32), "x")
    (bound,) = bind_plans(SampleReader(Numbers(), []), items(1)[0], (open_plan,))
    assert bound.shape == (1, 4)


def test_reading_is_done_by_several_threads(tmp_path):
    adapter, both = Numbers(), threading.Barrier(2, timeout=20)

    class Meeting:
        def __call__(self, sample: Sample) -> Sample:
            both.wait()
            return sample

    load(
        SampleReader(adapter, [Meeting()]), items(4), PLANS, keep=keeping(tmp_path), advance=nothing
    )
    assert len(adapter.threads) >= 2


def test_sizes():
    assert sizes(TWO) == {"x": 16, "y": 2}
