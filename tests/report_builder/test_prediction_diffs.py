from types import SimpleNamespace

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.config.schema import Deployment
from calibrate.context.dataset import Data, Fold
from calibrate.context.measurement_store import MeasurementStore, StoreBackend
from calibrate.core.annotation import BoxSet
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.precision import INT8, Candidate
from calibrate.core.progress import NoProgress
from calibrate.core.sample import Facts, Geometry
from calibrate.core.tensors import Tensors
from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.report_builder import prediction_diffs as stage
from calibrate.report_builder.prediction_diffs import prediction_diffs
from calibrate.store.run_journal import FileJournal

COUNT = 5
ANSWER = Candidate((INT8,))


def detector(scale: float) -> ov.Model:
    """[1, 2] scores as given, times `scale`, of two boxes that never move."""
    given = ops.parameter([1, 2], np.float32, name="given")
    scores = ops.unsqueeze(ops.multiply(given, np.float32(scale)), np.array([2]))
    places = np.array([[[0, 0, 0.4, 0.4], [0.5, 0.5, 1, 1]]], np.float32)
    boxes = ops.add(ops.constant(places), ops.multiply(scores, np.float32(0)))
    scores.output(0).set_names({"scores"})
    boxes.output(0).set_names({"boxes"})
    return ov.Model([boxes, scores], [given], "detector")


def annotated(number: int) -> Facts:
    nothing = np.zeros((0, 4), np.float32)
    flags = np.zeros(0, np.bool_)
    target = BoxSet(nothing, np.zeros(0, np.int64), flags, flags, nothing[:, 0])
    return Facts(f"s{number}", target, Geometry(10, 10, 10, 10), f"s{number}.png")


@pytest.fixture
def variant_store(tmp_path, monkeypatch):
    """FP32 finds two boxes on each image; a result that scores a third finds fewer on some."""
    monkeypatch.setattr(stage, "thumbnails", lambda _, ids, __: dict.fromkeys(ids, "cA=="))
    scores = np.array([[0.9, 0.8], [0.9, 0.4], [0.4, 0.35], [0.9, 0.9], [0.4, 0.1]], np.float32)
    facts = tuple(annotated(number) for number in range(COUNT))
    tensors = Tensors((scores,), facts, tuple(f"d{number}" for number in range(COUNT)))
    costs, fp32, result = Costs(lambda: 0.0), detector(1.0), detector(1 / 3)
    with FileJournal(tmp_path / "journal", lambda _: None) as journal:
        store = MeasurementStore(StoreBackend(None, journal), {"images": "a"}, "judge", costs)
        adapter = SimpleNamespace(label_names=lambda: ("car",))
        config = SimpleNamespace(deployment=Deployment(inference_precision="f32"))
        context = SimpleNamespace(
            resolved=SimpleNamespace(decoder=BoxesScores(), adapter=adapter, config=config),
            images=Data(tensors, (), (Fold((1, 3, 4), (0, 2)),)),
            prepared=SimpleNamespace(model=fp32),
            costs=costs,
            progress=NoProgress(),
            store=store,
        )
        yield SimpleNamespace(context=context, model=lambda _: result, observed=lambda _: seen())


def seen(answers=()):
    observed = Observation(divergence={number: float(number) for number in range(COUNT)})
    observed.answers = dict.fromkeys(answers, (0, 1.0))
    return observed


def test_the_greatest_difference_first(variant_store):
    found = prediction_diffs(variant_store, ANSWER)
    told = [(one.sample, one.told, one.images) for one in found]
    assert told == [
        ("s4", "1 of 1 box lost: 1 car", "search"),
        ("s2", "2 of 2 boxes lost: 2 car", "acceptance"),
        ("s1", "1 of 2 boxes lost: 1 car", "search"),
    ]
    assert {one.thumbnail for one in found} == {"cA=="}
    assert found[0].source == "s4.png"


def test_where_images_chose_and_judged_none_is_called_unseen(variant_store):
    images, halves = (
        variant_store.context.images,
        (Fold((1, 3, 4), (0, 2)), Fold((0, 2), (1, 3, 4))),
    )
    variant_store.context.images = Data(images.tensors, (), halves)
    assert {one.images for one in prediction_diffs(variant_store, ANSWER)} == {None}


def test_what_was_compared_once_is_known(variant_store):
    first = prediction_diffs(variant_store, ANSWER)
    spent = variant_store.context.costs.total.inferences
    variant_store.context.prepared = SimpleNamespace(model=None)
    assert prediction_diffs(variant_store, ANSWER) == first
    # What was recorded counts as it did when it was made.
    assert variant_store.context.costs.total.inferences == 2 * spent == 4 * COUNT


def test_only_those_that_moved_most_are_looked_at(variant_store, monkeypatch):
    monkeypatch.setattr(stage, "_LOOKED_AT", 2)
    assert [one.sample for one in prediction_diffs(variant_store, ANSWER)] == ["s4"]


@pytest.mark.parametrize("observed", [seen(answers=[1]), Observation()])
def test_classes_and_fp32_itself_have_none(variant_store, observed):
    variant_store.observed = lambda _: observed
    assert prediction_diffs(variant_store, ANSWER) == ()
    assert variant_store.context.costs.total.inferences == 0
