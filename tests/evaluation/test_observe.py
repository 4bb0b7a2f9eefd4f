import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.core.annotation import ClassLabel
from calibrate.core.observation import NOT_FINITE
from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.datasets.formats.images import read_image
from calibrate.decoders.classification import Classification
from calibrate.errors import CalibrateError, NotFiniteError, PluginError
from calibrate.evaluation.observe import measure_divergence, observe, observe_reference
from calibrate.evaluation.reference import Task
from calibrate.metrics.accuracy import Accuracy
from calibrate.metrics.agreement import Agreement
from calibrate.models.inputs import plan_inputs
from calibrate.models.prepare import prepare
from calibrate.models.read import read_model
from calibrate.runtime.inference import Network


def nothing() -> None:
    """Receives no progress."""


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("batch", [1, 4])
def test_it_is_what_a_plain_loop_finds(world, batch, classifier_model):
    indices = [*range(5, 30), *range(5)]
    fp32, other = world.plain(classifier_model()), world.plain(classifier_model(noise=0.3))
    network = Network(classifier_model(batch), world.costs)
    observed, reference = observe_reference(network, world.tensors, indices, world.judge, nothing)
    changed = observe(Network(classifier_model(batch, 0.3), world.costs), reference, indices)
    labels = np.arange(30) % 4
    for observation, outputs in ((observed, fp32), (changed, other)):
        right = outputs.argmax(axis=1) == labels
        assert [float(e[0]) for e in observation.of(0, range(30))] == right.tolist()
        answers = [observation.answers[i] for i in range(30)]
        assert [answer for answer, _ in answers] == outputs.argmax(axis=1).tolist()
        assert [score for _, score in answers] == pytest.approx(softmax(outputs).max(axis=1))
    p, q = softmax(fp32.astype(np.float64)), softmax(other.astype(np.float64))
    expected = (p * np.log(p / q)).sum(axis=1)
    assert changed.divergences(range(30)) == pytest.approx(expected, rel=1e-4, abs=1e-7)
    for observation, outputs in ((observed, fp32), (changed, other)):
        chosen = [observation.choices[i][0].tolist() for i in range(30)]
        assert chosen == outputs.argmax(axis=1)[:, None].tolist()
    alone = measure_divergence(Network(classifier_model(1, 0.3), world.costs), reference, indices)
    assert alone.tolist() == changed.divergences(indices).tolist()


def test_fp32_does_not_diverge_from_itself(world, classifier_model):
    network = Network(classifier_model(), world.costs)
    _, reference = observe_reference(network, world.tensors, range(30), world.judge, nothing)
    assert observe(network, reference, range(30)).divergences(range(30)).max() < 1e-12


def dividing() -> ov.Model:
    """Divides by the first row's sum, which is zero for an image of zeros: that is no number."""
    image = ops.parameter([1, 3, 6, 6], np.float32, name="image")
    rows = ops.reduce_mean(image, np.array([1, 3]), keep_dims=False)
    mean = ops.reduce_mean(image, np.array([1, 2, 3]), keep_dims=False)
    scores = ops.divide(rows, ops.unsqueeze(mean, np.array([1])))
    scores.output(0).set_names({"scores"})
    return ov.Model([scores], [image], "dividing")


def test_what_is_no_number_names_the_sample(world):
    images = world.tensors.inputs[0].copy()
    images[7] = 0
    tensors = Tensors((images,), world.tensors.facts, world.tensors.digests)
    with pytest.raises(CalibrateError) as caught:
        observe_reference(
            Network(dividing(), world.costs), tensors, range(30), world.judge, nothing
        )
    assert str(caught.value).startswith("s7.png: output 'scores' holds 6 of 6 values that are no")


class Fragile(Classification):
    """Fails on one sample."""

    def predict(self, outputs, facts):
        if facts.id == "s3":
            raise RuntimeError("odd")
        return super().predict(outputs, facts)


def test_what_a_component_raises_names_the_sample(world, classifier_model):
    judge = Task(Fragile(probabilities=False), world.judge.metrics)
    with pytest.raises(PluginError) as caught:
        observe_reference(
            Network(classifier_model(), world.costs), world.tensors, range(30), judge, nothing
        )
    assert str(caught.value) == "s3.png: judging fails with RuntimeError: odd"


def test_a_missing_annotation_names_sample_and_way_out(world, classifier_model):
    facts = tuple(Facts(f.id, None, source=f.source) for f in world.tensors.facts)
    tensors = Tensors(world.tensors.inputs, facts, world.tensors.digests)
    network = Network(classifier_model(), world.costs)
    with pytest.raises(CalibrateError) as caught:
        observe_reference(network, tensors, range(30), world.judge, nothing)
    assert str(caught.value) == (
        "s0.png: accuracy@1 needs an annotation and this sample has none; judge unlabelled "
        "images by agreement with FP32: `metrics: [{type: agreement}]`"
    )
    unlabelled = Task(Classification(probabilities=False), (Agreement(),))
    observed, _ = observe_reference(network, tensors, range(30), unlabelled, nothing)
    assert all(float(evidence[0]) == 1.0 for evidence in observed.of(0, range(30)))


def test_stopping_keeps_whole_observations(world, classifier_model):
    network = Network(classifier_model(), world.costs)
    _, reference = observe_reference(network, world.tensors, range(30), world.judge, nothing)
    observation = observe(
        network, reference, range(30), stop=lambda entry: len(entry.evidence) >= 4
    )
    count = len(observation.evidence)
    assert 4 <= count < 30
    assert list(observation.evidence) == list(observation.divergence) == list(range(count))


@pytest.mark.zoo
def test_cifar10_as_a_plain_loop_judges_it(zoo, world):
    source = read_model(zoo / "models" / "cifar10_resnet20" / "model.onnx")
    folder = zoo / "data" / "cifar10_dev"
    lines = [line.split() for line in (folder / "val.txt").read_text().splitlines()][:60]
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])

    def pixels(name: str) -> np.ndarray:
        path = next(p for p in (folder / name, folder / "images" / name) if p.is_file())
        return ((read_image(path) / 255 - mean) / std).transpose(2, 0, 1)

    inputs = np.stack([pixels(name) for name, _ in lines]).astype(np.float32, order="C")
    facts = tuple(Facts(name, ClassLabel(int(label))) for name, label in lines)
    tensors = Tensors((inputs,), facts, tuple(name for name, _ in lines))
    (plan,) = plan_inputs(source, {})
    shape = (1, *inputs.shape[1:])
    model = prepare(source, [type(plan)(plan.name, 0, shape, plan.layout, plan.dtype, "image")])
    judge = Task(Classification(), (Accuracy(),))
    observed, _ = observe_reference(
        Network(model.model, world.costs), tensors, range(60), judge, nothing
    )
    bound = source.clone()
    bound.reshape(list(shape))
    compiled = ov.Core().compile_model(bound, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    result = [int(compiled(entry[None])[0].argmax()) for entry in inputs]
    right = [answer == int(label) for answer, (_, label) in zip(result, lines, strict=True)]
    assert [float(evidence[0]) for evidence in observed.of(0, range(60))] == right
    assert sum(right) > 50


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_outputs_that_are_not_finite_are_the_candidates_fault(world, classifier_model, value):
    _, reference = observe_reference(
        Network(classifier_model(), world.costs), world.tensors, range(30), world.judge, nothing
    )
    broken = classifier_model()
    result = broken.get_results()[0]
    added = np.array([[0, value, 0, 0]], np.float32)
    result.input(0).replace_source_output(ops.add(result.input_value(0), added).output(0))
    network = Network(broken, world.costs)
    observation = observe(network, reference, range(30))
    assert set(observation.divergences(range(30))) == {NOT_FINITE}
    assert len(observation.evidence) == 30
    assert set(measure_divergence(network, reference, range(4))) == {NOT_FINITE}
    with pytest.raises(NotFiniteError, match=r"s0\.png: output 'scores' holds 1 of 4 values"):
        observe_reference(network, world.tensors, range(30), world.judge, nothing)
