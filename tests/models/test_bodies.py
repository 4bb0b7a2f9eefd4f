import pytest

from calibrate.models.bodies import all_operations, bodies_of, stream_properties
from tests.miniatures.control_flow import branches, iterator, loop


@pytest.mark.parametrize(
    ("build", "kind", "count"),
    [(branches, "If", 2), (loop, "Loop", 1), (iterator, "TensorIterator", 1)],
)
def test_bodies_and_what_is_in_them(build, kind, count):
    source = build()
    (outer,) = (op for op in source.get_ops() if op.get_type_name() == kind)
    assert len(bodies_of(outer)) == count
    inside = sum(len(body.get_ops()) for body in bodies_of(outer))
    assert len(list(all_operations(source))) == len(source.get_ops()) + inside


@pytest.mark.parametrize(
    ("build", "expected"),
    [(branches, {}), (loop, {"NUM_STREAMS": "1"}), (iterator, {"NUM_STREAMS": "1"})],
)
def test_models_with_loops_are_compiled_for_one_stream(build, expected):
    assert stream_properties(build()) == expected
