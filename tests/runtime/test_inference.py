import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.core.sample import Facts
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError
from calibrate.runtime.inference import Network, output_names, output_shapes


def numbers(count: int, batch: int = 1) -> tuple[ov.Model, Tensors]:
    """A model that adds one to its number, and samples 0, 1, 2 ..."""
    given = ops.parameter([batch, 1], np.float32, name="x")
    made = ops.add(given, np.float32(1))
    made.output(0).set_names({"y"})
    values = np.arange(count, dtype=np.float32)[:, None]
    facts = tuple(Facts(f"s{i}", source=f"s{i}.png") for i in range(count))
    return ov.Model([made], [given], "numbers"), Tensors((values,), facts, ("d",) * count)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("indices", [range(50), [7, 3, 3, 49], [], [0]])
def test_outputs_arrive_in_order_each_once(batch, indices, world):
    model, tensors = numbers(50, batch)
    result: list[tuple[int, float]] = []
    Network(model, world.costs).run(
        tensors, indices, lambda index, outputs: result.append((index, float(outputs["y"][0])))
    )
    assert result == [(index, index + 1.0) for index in indices]
    total = world.costs.total
    assert (total.compilations, total.inferences) == (1, -(-len(indices) // batch))


def test_padding_of_a_batch_has_no_outputs(world):
    model, tensors = numbers(5, 3)
    observed: list[int] = []
    Network(model, world.costs).run(tensors, range(5), lambda index, _: observed.append(index))
    assert observed == [0, 1, 2, 3, 4]


def test_an_error_of_the_sink_ends_the_run_and_the_network_still_works(world):
    model, tensors = numbers(40)
    network, calls = Network(model, world.costs), []

    def sink(index: int, outputs: object) -> None:
        if index == 5:
            raise ValueError("enough")
        calls.append(index)

    with pytest.raises(ValueError, match="enough"):
        network.run(tensors, range(40), sink)
    assert calls == [0, 1, 2, 3, 4]
    spent = world.costs.total.inferences
    assert spent < 40
    # Nothing is left running that would write into what is reused.
    again: list[float] = []
    network.run(tensors, range(40), lambda _, outputs: again.append(float(outputs["y"][0])))
    assert again == [i + 1.0 for i in range(40)]


def test_stopping_ends_early_with_what_was_begun(world):
    model, tensors = numbers(40)
    asked, calls = [], []

    def stop() -> bool:
        asked.append(len(calls))
        return len(asked) > 6

    Network(model, world.costs).run(tensors, range(40), lambda i, _: calls.append(i), stop=stop)
    assert calls == [0, 1, 2, 3, 4, 5]


def test_an_inference_that_fails_names_its_sample(world):
    """Division of integers by zero is refused by the operation at run time."""
    given = ops.parameter([1, 4], np.int64, name="x")
    table = ops.constant(np.arange(6, dtype=np.float32).reshape(3, 2))
    shape = ops.reshape(table, ops.squeeze(given, np.array([0])), special_zero=False)
    model = ov.Model([shape], [given], "m")
    values = np.array([[1, 1, 3, 2], [1, 1, 6, 1], [1, 1, 5, 5]], np.int64)
    facts = tuple(Facts(f"s{i}", source=f"s{i}.png") for i in range(3))
    tensors = Tensors((values,), facts, ("d",) * 3)
    with pytest.raises(CalibrateError) as caught:
        Network(model, world.costs).run(tensors, range(3), lambda *_: None)
    assert str(caught.value).startswith("s2.png: inference fails: ")
    assert "\n" not in str(caught.value)


def test_a_count_of_findings_is_no_batch(world):
    """Outputs of [?, 1], as lists of boxes are: one sample's are all of them."""
    given = ops.parameter([1, 5], np.float32, name="x")
    result = ops.transpose(ops.non_zero(given, "i64"), np.array([1, 0]))
    result.output(0).set_names({"where"})
    model = ov.Model([result], [given], "m")
    values = np.array([[1, 0, 1, 0, 1], [0, 0, 0, 0, 0], [0, 1, 0, 0, 0]], np.float32)
    tensors = Tensors((values,), tuple(Facts(str(i)) for i in range(3)), ("d",) * 3)
    shapes: list[tuple[int, ...]] = []
    Network(model, world.costs).run(
        tensors, range(3), lambda _, outputs: shapes.append(outputs["where"].shape)
    )
    assert shapes == [(3, 2), (0, 2), (1, 2)]


def test_several_inputs_and_outputs(world):
    first = ops.parameter([1, 2], np.float32, name="a")
    second = ops.parameter([1, 3], np.uint8, name="b")
    entry = ops.multiply(first, np.float32(2))
    entry.output(0).set_names({"twice"})
    two = ops.convert(second, "f32")
    two.output(0).set_names({"cast"})
    model = ov.Model([entry, two], [first, second], "m")
    tensors = Tensors(
        (np.array([[1, 2], [3, 4]], np.float32), np.array([[1, 2, 3], [4, 5, 6]], np.uint8)),
        (Facts("0"), Facts("1")),
        ("a", "b"),
    )
    result: list[dict[str, list[float]]] = []
    Network(model, world.costs).run(
        tensors, [1], lambda _, outputs: result.append({k: v.tolist() for k, v in outputs.items()})
    )
    assert result == [{"twice": [6.0, 8.0], "cast": [4.0, 5.0, 6.0]}]
    assert output_shapes(model) == {"twice": (1, 2), "cast": (1, 3)}


def test_outputs_without_a_name_are_called_by_their_node():
    given = ops.parameter([1, 2], np.float32, name="a")
    result = ops.result(ops.relu(given), name="end")
    assert output_names(ov.Model([result], [given], "m")) == ("end",)


def test_memory_mapped_samples(world, tmp_path):
    model, tensors = numbers(6)
    mapped = np.memmap(tmp_path / "x", np.float32, "w+", shape=(6, 1))
    mapped[:] = tensors.inputs[0]
    result: list[float] = []
    Network(model, world.costs).run(
        Tensors((mapped,), tensors.facts, tensors.digests),
        range(6),
        lambda _, outputs: result.append(float(outputs["y"][0])),
    )
    assert result == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]


def test_a_widened_network_counts_samples_and_gives_each_its_outputs(world, classifier_model):
    network = Network(classifier_model(), world.costs, batch=4)
    observed: list[tuple[int, list[float]]] = []
    network.run(world.tensors, range(10), lambda i, o: observed.append((i, o["scores"].tolist())))
    assert [index for index, _ in observed] == list(range(10))
    assert np.array([row for _, row in observed]) == pytest.approx(
        world.plain(classifier_model())[:10], abs=1e-6
    )
    sizes: list[int] = []
    network.run_together(world.tensors, range(10), lambda _, o: sizes.append(len(o["scores"])))
    assert sizes == [4, 4, 2]
    assert world.costs.total.inferences == 20
