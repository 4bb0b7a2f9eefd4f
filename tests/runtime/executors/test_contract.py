"""What every executor keeps: the same requests, the same answers, the same errors."""

import pickle

import numpy as np
import pytest

from calibrate.errors import CalibrateError
from calibrate.runtime.executors.base import Catalog, EvaluationRequest, sample_name
from calibrate.runtime.executors.cluster_executor import ClusterExecutor
from calibrate.runtime.executors.isa_limited_process import IsaLimitedProcess
from calibrate.runtime.executors.outgoing_files import OutgoingFiles
from calibrate.runtime.executors.this_process import ThisProcess
from calibrate.runtime.inference import Network

EXECUTORS = pytest.mark.parametrize(
    "make",
    [ThisProcess, lambda catalog: IsaLimitedProcess(catalog, "sse41"), None],
    ids=["this process", "isa-limited process", "cluster"],
    indirect=True,
)


@pytest.fixture
def make(request, pool, tmp_path):
    """Makes an executor of a catalog."""
    if request.param is not None:
        return request.param
    return lambda catalog: ClusterExecutor(catalog, pool, OutgoingFiles(tmp_path))


def copied(index, outputs):
    return index, {name: np.array(array) for name, array in outputs.items()}


@pytest.fixture
def catalog(world, classifier_model) -> Catalog:
    models = {"model": classifier_model, "batched": lambda: classifier_model(4)}
    return Catalog(models, world.tensors, {"copy": copied}, world.costs)


def request(catalog, indices, *, model="model", judge="copy") -> EvaluationRequest:
    names = tuple(sample_name(catalog.tensors, index) for index in indices)
    return EvaluationRequest(model, names, judge)


@EXECUTORS
@pytest.mark.parametrize("model", ["model", "batched"])
def test_answers_are_the_samples_in_the_order_asked_for(catalog, make, model):
    indices = [3, 0, 7, 11, 2]
    answers = make(catalog).submit(request(catalog, indices, model=model)).result()
    assert [index for index, _ in answers] == indices
    expected = {}
    Network(catalog.models["model"](), catalog.costs).run(
        catalog.tensors, indices, lambda i, outputs: expected.update([copied(i, outputs)])
    )
    for index, outputs in answers:
        assert outputs.keys() == expected[index].keys()
        for name, array in outputs.items():
            assert np.allclose(array, expected[index][name], rtol=1e-4, atol=1e-5)


@EXECUTORS
def test_a_request_that_was_pickled_is_the_same_request(catalog, make):
    sent = request(catalog, [1, 2])
    received = pickle.loads(pickle.dumps(sent))
    assert received == sent
    answers = make(catalog).submit(received).result()
    assert [index for index, _ in answers] == [1, 2]


@EXECUTORS
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "gone"}, "there is no model with the digest gone"),
        ({"judge": "gone"}, "there is no judge with the digest gone"),
    ],
)
def test_what_the_catalog_has_not_is_an_error_of_the_future(catalog, make, changes, message):
    future = make(catalog).submit(request(catalog, [0], **changes))
    with pytest.raises(CalibrateError, match=message):
        future.result()


@EXECUTORS
def test_a_sample_that_is_not_there_is_named(catalog, make):
    future = make(catalog).submit(EvaluationRequest("model", ("unknown/1",), "copy"))
    with pytest.raises(CalibrateError, match="there are no samples unknown/1"):
        future.result()


@EXECUTORS
def test_two_models_after_each_other(catalog, make):
    executor = make(catalog)
    for model in ("model", "batched", "model"):
        answers = executor.submit(request(catalog, [0, 1], model=model)).result()
        assert len(answers) == 2
