"""Reshape a model that takes one sample at a time to several."""

import openvino as ov


def with_batch(model: ov.Model, batch: int) -> ov.Model | None:
    """Return a copy that takes `batch` samples; None if the graph is built for one.

    The shapes tell only that the copy can run. That samples do not affect each other has to be
    tried (`runtime.inference_batch`).

    Args:
        model: static, one sample an inference in the first axis of each input; left unchanged.
        batch: number of samples.
    """
    copy = model.clone()
    shapes = [list(port.get_shape()) for port in copy.inputs]
    if any(shape[:1] != [1] for shape in shapes):
        return None
    try:
        copy.reshape({number: [batch, *shape[1:]] for number, shape in enumerate(shapes)})
    except RuntimeError:  # a reshape to one sample inside of the graph
        return None
    pairs = zip(model.outputs, copy.outputs, strict=True)
    return copy if all(_is_widened(single, many, batch) for single, many in pairs) else None


def _is_widened(one: ov.Output, many: ov.Output, batch: int) -> bool:
    """Return whether an output [1, ...] became [batch, ...]."""
    before, after = one.get_partial_shape(), many.get_partial_shape()
    if before.is_dynamic or after.is_dynamic or not len(before):
        return False
    rest = list(before.to_shape())[1:]
    return [1, *rest] == list(before.to_shape()) and [batch, *rest] == list(after.to_shape())
