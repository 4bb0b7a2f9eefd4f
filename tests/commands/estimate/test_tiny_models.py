import numpy as np
import pytest

from calibrate.commands.estimate.tiny_models import EstimateInputs
from calibrate.config.load import load_config
from calibrate.context.dataset import choose_items, load_samples
from calibrate.context.run_context import read_source
from calibrate.core.precision import FP32, INT8, Candidate, compressed_weights
from calibrate.core.progress import NoProgress
from calibrate.models.prepare import prepare
from calibrate.quantization.groups import find_groups

COUNT = 7

INT8_WEIGHTS = compressed_weights("int8_weights", 8)


@pytest.fixture
def sketch(make_job, tmp_path):
    """Of the small network and a few of its images, with more settings."""

    def make(*overrides: str) -> EstimateInputs:
        resolved = load_config(make_job(), overrides=list(overrides))
        source, plans = read_source(resolved)
        items = choose_items(resolved)[:COUNT]
        tensors, plans = load_samples(resolved, items, plans, NoProgress(), tmp_path)
        return EstimateInputs(resolved, tensors, plans, prepare(source, plans), ())

    return make


@pytest.mark.parametrize(("batch", "sizes"), [(1, [1] * 5), (2, [2, 2, 2]), (4, [4, 4])])
def test_calibration_batches_are_whole(sketch, batch, sizes):
    given = sketch(f"model.inputs.image.shape=[{batch}, 3, 12, 12]")
    batches = given.calibration_batches(5)
    assert [len(batch_[0]) for batch_ in batches] == sizes
    np.testing.assert_array_equal(batches[0][0][0], given.tensors.inputs[0][0])


def test_models_and_groups_are_those_of_a_run(sketch):
    given = sketch("quantization.precisions=[int8, int8_weights]")
    models = given.first(given.settings, COUNT)
    assert list(models) == [INT8, INT8_WEIGHTS]
    groups = given.groups(models)
    assert {name for group in groups for name in group.precisions} == {INT8, INT8_WEIGHTS, FP32}
    assert {group.name for group in find_groups(models[INT8])} <= {group.name for group in groups}
    alone = given.groups({INT8: models[INT8]})
    assert all(group.precisions == (INT8, FP32) for group in alone)


def test_what_is_composed_holds_integers(sketch):
    given = sketch()
    models = given.first(given.settings, COUNT)
    groups = given.groups(models)
    model = given.composed(models, groups, Candidate.uniform(groups, INT8))
    constants = [op for op in model.get_ops() if op.get_type_name() == "Constant"]
    assert any(op.get_element_type().get_type_name() == "i8" for op in constants)
    model = given.composed(models, groups, Candidate.uniform(groups, FP32))
    assert not any(op.get_type_name() == "FakeQuantize" for op in model.get_ops())


@pytest.mark.parametrize(
    ("precisions", "expected"),
    [("[int8]", True), ("[int8, int4_weights]", False), ("[int4_weights, int8]", True)],
)
def test_the_smallest_is_reported_by_its_bytes(sketch, precisions, expected):
    given = sketch(f"quantization.precisions={precisions}")
    models = given.first(given.settings, COUNT)
    ordered = {name: models[name] for name in given.settings.precision_values}
    assert given.is_smallest(ordered, given.groups(ordered)) is expected


def test_a_recipe_takes_time(sketch):
    given = sketch()
    assert (
        given.recipe_seconds(given.settings.model_copy(update={"fast_bias_correction": False}), 3)
        > 0
    )
