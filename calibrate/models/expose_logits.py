"""The scores that an arg max inside a model chooses from, given out beside what it chose.

A class map tells which pixels changed and not which nearly did, so its changes on a few images are
noise where the scores behind it move smoothly.
"""

import openvino as ov
from openvino import opset13 as ops

from calibrate.core.component import SCORES

_SHAPES = ("Squeeze", "Unsqueeze", "Reshape", "Convert")
"""May stand behind an arg max."""

_MONOTONE = ("Interpolate", "Softmax", "LogSoftmax")
"""May stand before it: the scores before them are fewer, or logits, and tell as much."""

_INDICES = 1
"""Which output of a TopK says where the greatest are."""

_RANK = 4
"""Of scores by class, height and width, with the batch."""


def with_scores(model: ov.Model) -> ov.Model:
    """A model that also gives the scores of each output that is an arg max over classes.

    Scores have the output's name with `SCORES` behind it and the shape [N, C, height, width];
    where they are interpolated before the arg max, they are those from before.

    Args:
        model: left as it is.

    Returns:
        A copy with more outputs; the model itself where no output is such a map.
    """
    if not any(_scores(port) for port in model.outputs):
        return model
    watched = model.clone()
    for port in tuple(watched.outputs):
        scores = _scores(port)
        if scores is None:
            continue
        source, axis = scores
        order = [0, axis, *(place for place in range(1, _RANK) if place != axis)]
        result = ops.result(ops.transpose(source, order))
        name = min(port.get_names(), default=port.get_node().friendly_name)
        result.input_value(0).set_names({name + SCORES})
        watched.add_results([result])
    watched.validate_nodes_and_infer_types()
    return watched


def _scores(port: ov.Output) -> tuple[ov.Output, int] | None:
    """Where an output's scores come from, and their axis of classes; None if it is no arg max."""
    chosen = port.get_node().input_value(0)
    while chosen.get_node().get_type_name() in _SHAPES:
        chosen = chosen.get_node().input_value(0)
    node = chosen.get_node()
    if node.get_type_name() != "TopK" or chosen.get_index() != _INDICES:
        return None
    logits = source = node.input_value(0)
    attributes = node.get_attributes()
    axis = int(attributes["axis"]) % _RANK
    is_map = source.get_partial_shape().rank == _RANK and axis > 0
    if not is_map or attributes["mode"] != "max" or chosen.get_partial_shape()[axis] != 1:
        return None
    # A quantizer in between does not end the way: FP32 and INT8 are to give the same place.
    while source.get_node().get_type_name() in (*_MONOTONE, "FakeQuantize"):
        is_passed = source.get_node().get_type_name() in _MONOTONE
        source = source.get_node().input_value(0)
        logits = source if is_passed else logits
    return logits, axis
