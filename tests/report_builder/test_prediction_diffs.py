from dataclasses import replace

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.context.dataset import Data, Fold
from calibrate.context.measurement_store import MeasurementStore
from calibrate.context.store_backend import StoreBackend
from calibrate.core.annotation import BoxSet
from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.core.sample import Facts, Geometry
from calibrate.core.tensors import Tensors
from calibrate.decoders.boxes_scores import BoxesScores
from calibrate.models.prepare import Prepared
from calibrate.report_builder import prediction_diffs as module
from calibrate.report_builder.prediction_diffs import prediction_diffs
from calibrate.store.run_journal import FileJournal
from tests.fixtures.contexts import run_context

COUNT = 5


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


FP32_MODEL, RESULT = detector(1.0), detector(1 / 3)


@pytest.fixture
def context(tmp_path):
    """FP32 detects two boxes on each image; a result that scores a third loses some."""
    scores = np.array([[0.9, 0.8], [0.9, 0.4], [0.4, 0.35], [0.9, 0.9], [0.4, 0.1]], np.float32)
    facts = tuple(annotated(number) for number in range(COUNT))
    tensors = Tensors((scores,), facts, tuple(f"d{number}" for number in range(COUNT)))
    images = Data(tensors, (), (Fold((1, 3, 4), (0, 2)),))
    with FileJournal(tmp_path / "journal", lambda _: None) as journal:
        store = MeasurementStore(
            StoreBackend(None, journal), {"images": "a"}, "judge", Costs(lambda: 0.0)
        )
        yield run_context(FP32_MODEL, images, BoxesScores(), store=store, names=("car",))


def observation(answers=()):
    observed = Observation(divergence={number: float(number) for number in range(COUNT)})
    observed.answers = dict.fromkeys(answers, (0, 1.0))
    return observed


def test_the_greatest_difference_comes_first(context):
    differences = prediction_diffs(context, RESULT, observation())
    assert [(entry.sample, entry.summary, entry.images) for entry in differences] == [
        ("s4", "1 of 1 box lost: 1 car", "search"),
        ("s2", "2 of 2 boxes lost: 2 car", "acceptance"),
        ("s1", "1 of 2 boxes lost: 1 car", "search"),
    ]
    assert all(entry.thumbnail.startswith("/9j/") for entry in differences)
    assert differences[0].source == "s4.png"


def test_images_that_chose_and_judged_are_not_called_unseen(context):
    halves = (Fold((1, 3, 4), (0, 2)), Fold((0, 2), (1, 3, 4)))
    crossed = replace(context, data=Data(context.data.tensors, (), halves))
    differences = prediction_diffs(crossed, RESULT, observation())
    assert {entry.images for entry in differences} == {None}


def test_a_comparison_is_made_once(context):
    first = prediction_diffs(context, RESULT, observation())
    spent = context.costs.total.inferences
    # Without a model nothing can be run.
    lost = replace(context.baseline, prepared=Prepared(None, {}, ()))
    known = replace(context, baseline=lost)
    assert prediction_diffs(known, RESULT, observation()) == first
    # What was recorded counts as it did when it was made.
    assert context.costs.total.inferences == 2 * spent == 4 * COUNT


def test_only_those_that_moved_most_are_compared(context, monkeypatch):
    monkeypatch.setattr(module, "DIFFERENCE_IMAGES", 2)
    differences = prediction_diffs(context, RESULT, observation())
    assert [entry.sample for entry in differences] == ["s4"]


@pytest.mark.parametrize("observed", [observation(answers=[1]), Observation()])
def test_classes_and_fp32_itself_have_none(context, observed):
    assert prediction_diffs(context, RESULT, observed) == ()
    assert context.costs.total.inferences == 0
