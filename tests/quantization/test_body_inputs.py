import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from calibrate.quantization.body_inputs import body_feeds, weighted_bodies
from tests.fixtures.layers import integers, linear, model, parameter, scalar, weights

TABLE = weights(2, 2)


def product(x):
    return ops.matmul(x, ops.constant(TABLE), False, True)


def branches() -> ov.Model:
    """Doubles what is positive in the mean before a layer; else a branch without weights."""
    x = parameter([1, 2])
    then_input, else_input = (ops.parameter([1, 2], np.float32) for _ in range(2))
    node = ops.if_op(
        ops.greater(ops.reduce_sum(x, integers(0, 1)), ops.constant(np.float32(0))).output(0)
    )
    then = ov.Model([product(then_input)], [then_input], "then")
    other = ov.Model([ops.relu(else_input)], [else_input], "else")
    node.set_then_body(then)
    node.set_else_body(other)
    node.set_input(ops.multiply(x, ops.constant(np.float32(2))).output(0), then_input, else_input)
    node.set_friendly_name("if")
    return model(node.set_output(then.results[0], other.results[0]), x)


def rounds(*, stop_at: float = 1e9) -> ov.Model:
    """Three rounds of a layer on the state; ends once the state's sum exceeds a number."""
    x = parameter([1, 2])
    state, number = ops.parameter([1, 2], np.float32), ops.parameter([], np.int64)
    after = ops.add(product(state), ops.convert(number, "f32"))
    go_on = ops.less(ops.reduce_sum(after, integers(0, 1)), ops.constant(np.float32(stop_at)))
    body = ov.Model([after, go_on], [state, number], "body")
    node = ops.loop(scalar(3), ops.constant(np.array(True)))
    node.set_function(body)
    node.set_special_body_ports([1, 1])
    node.set_merged_input(state, x.output(0), body.results[0].output(0))
    node.set_friendly_name("loop")
    return model(node.get_iter_value(body.results[0].output(0), -1), x)


def steps(*, reverse: bool = False) -> ov.Model:
    """A layer on slices of two rows, and a constant beside them."""
    x = parameter([4, 2])
    part, beside = ops.parameter([2, 2], np.float32), ops.parameter([1, 2], np.float32)
    body = ov.Model([ops.add(product(part), beside)], [part, beside], "body")
    node = ops.tensor_iterator()
    node.set_body(body)
    first, last, stride = (-1, 0, -1) if reverse else (0, -1, 1)
    node.set_sliced_input(part, x.output(0), first, stride, 2, last, 0)
    node.set_invariant_input(beside, ops.constant(np.full((1, 2), 5, np.float32)).output(0))
    node.set_friendly_name("steps")
    return model(node.get_concatenated_slices(body.results[0].output(0), 0, 1, 2, -1, 0), x)


def fed(network, *rows):
    return body_feeds(network, [{0: np.array(row, np.float32)} for row in rows])


def test_a_branch_gets_the_samples_that_choose_it():
    feeds = fed(branches(), [[1, 2]], [[-1, 0]], [[3, 0]])
    assert [feed[0].tolist() for feed in feeds["if", 0]] == [[[2, 4]], [[6, 0]]]
    assert list(feeds) == [("if", 0)]  # nothing in the other branch has weights


def test_a_loop_gets_what_each_round_gave():
    (feeds,) = fed(rounds(), [[1, 2]]).values()
    first = np.array([[1, 2]], np.float32)
    second = first @ TABLE.T
    third = second @ TABLE.T + 1
    for feed, state, number in zip(feeds, (first, second, third), range(3), strict=True):
        np.testing.assert_allclose(feed[0], state, rtol=1e-5)
        assert feed[1] == number


def test_a_loop_ends_at_its_condition():
    (feeds,) = fed(rounds(stop_at=-100), [[1, 2]]).values()
    assert len(feeds) == 1


@pytest.mark.parametrize(
    ("reverse", "expected"),
    [(False, [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]), (True, [[[4, 5], [6, 7]], [[0, 1], [2, 3]]])],
)
def test_an_iterator_gets_slices(reverse, expected):
    (feeds,) = fed(steps(reverse=reverse), np.arange(8).reshape(4, 2)).values()
    assert [feed[0].tolist() for feed in feeds] == expected
    assert [feed[1].tolist() for feed in feeds] == [[[5, 5]]] * 2


def test_bodies_without_weights_are_left_out():
    assert list(weighted_bodies(branches())) == [("if", 0)]
    x = parameter([1, 4])
    assert weighted_bodies(model(linear(x, 4, 4), x)) == {}
