import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops
from openvino.op import util

from calibrate.models.fingerprint import fingerprint


def model(
    weight: float = 1.0, *, stride: int = 1, swapped: bool = False, name: str = "x"
) -> ov.Model:
    image = ops.parameter([1, 2, 4, 4], np.float32, name=name)
    kernel = np.zeros((2, 2, 1, 1), np.float32)
    kernel[0, 1] = weight
    pads = ([0, 0], [0, 0], [1, 1])
    entry = ops.convolution(image, ops.constant(kernel), [stride, stride], *pads)
    two = ops.constant(np.float32(2))
    less = ops.subtract(two, entry) if swapped else ops.subtract(entry, two)
    return ov.Model([ops.result(less)], [image], "m")


def test_names_and_rt_info_do_not_count():
    other = model(name="y")
    other.set_rt_info("text", ["calibrate", "certificate"])
    assert fingerprint(other) == fingerprint(model())


@pytest.mark.parametrize(
    "changed",
    [{"weight": np.nextafter(np.float32(1), np.float32(2))}, {"stride": 2}, {"swapped": True}],
)
def test_what_counts(changed):
    assert fingerprint(model(**changed)) != fingerprint(model())


def test_the_type_of_a_constant_counts():
    zeros = [ops.constant(np.zeros(4, dtype)) for dtype in (np.int32, np.float32)]
    result = {fingerprint(ov.Model([ops.result(zero)], [], "m")) for zero in zeros}
    assert len(result) == 2


@pytest.mark.parametrize("value", [-1, 0, 3, 2**62])
def test_a_number_of_rank_0_counts_by_its_bytes(value):
    made = [ops.constant(np.array(number, np.int64)) for number in (value, value, value - 1)]
    first, again, other = (fingerprint(ov.Model([ops.result(m)], [], "m")) for m in made)
    assert first == again != other


@pytest.mark.parametrize("kind", ["bf16", "f16", "u4", "i4", "u1", "f8e4m3", "nf4", "boolean"])
def test_packed_types(kind, tmp_path):
    type_ = getattr(ov.Type, kind)
    made = [ops.constant(np.eye(8)[i], dtype=type_) for i in (0, 0, 7)]
    first, again, other = (fingerprint(ov.Model([ops.result(m)], [], "m")) for m in made)
    assert first == again != other


def accumulator(*, factor: float) -> ov.Model:
    """A sum of states whose update no output depends on."""
    given = ops.parameter([1, 2], np.float32, name="x")
    info = util.VariableInfo()
    info.data_shape, info.data_type = ov.PartialShape([1, 2]), ov.Type.f32
    info.variable_id = "state"
    variable = util.Variable(info)
    state = ops.read_value(ops.constant(np.zeros((1, 2), np.float32)), variable)
    kept = ops.assign(ops.multiply(given, np.float32(factor)), variable)
    return ov.Model(results=[ops.result(state)], sinks=[kept], parameters=[given], name="sum")


def test_updates_of_states_count():
    assert fingerprint(accumulator(factor=2)) == fingerprint(accumulator(factor=2))
    assert fingerprint(accumulator(factor=2)) != fingerprint(accumulator(factor=3))


def test_an_input_that_nothing_reads_counts():
    def with_unread(size: int) -> ov.Model:
        inputs = [ops.parameter(shape, np.float32) for shape in ([2], [size])]
        return ov.Model([ops.result(ops.relu(inputs[0]))], inputs, "m")

    assert fingerprint(with_unread(1)) != fingerprint(with_unread(2))


def test_two_outputs_of_one_operation_are_distinguished():
    def picked(number: int) -> ov.Model:
        image = ops.parameter([1, 4], np.float32)
        parts = ops.split(image, ops.constant(1), 2)
        return ov.Model([ops.result(ops.abs(parts.output(number)))], [image], "m")

    assert fingerprint(picked(0)) != fingerprint(picked(1))


@pytest.mark.zoo
@pytest.mark.parametrize(
    "name", ["cifar10_resnet20/model.onnx", "coco_ssd_mobilenet_v1/model_detection_output.xml"]
)
def test_written_and_read_again(zoo, name, tmp_path):
    core = ov.Core()
    source = core.read_model(zoo / "models" / name)
    ov.save_model(source, tmp_path / "m.xml", compress_to_fp16=False)
    assert fingerprint(core.read_model(tmp_path / "m.xml")) == fingerprint(source)
