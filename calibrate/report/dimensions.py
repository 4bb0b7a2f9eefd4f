"""What became of the source's open dimensions and states, in words."""

from collections.abc import Mapping

from calibrate.report.model_section import StateFacts
from calibrate.report.schema import Report


def dimensions(report: Report) -> str:
    """Say what became of open dimensions, and how the model does at other shapes; or nothing."""
    if report.model.states is not None:
        return _states(report.model.states)
    dynamic = report.model.dynamic
    if dynamic is None:
        return ""
    source = _shapes(dynamic.inputs)
    if not dynamic.kept:
        return (
            f"The model is static, {_shapes(report.model.inputs)}, its source is {source}: "
            f"{dynamic.reason}."
        )
    calibrated, *others = dynamic.tried
    at = ", ".join(f"{100 * t.error:.2g} % at {_shapes(t.inputs)}" for t in others)
    several = calibrated.samples > 1 and calibrated.largest_error is not None
    inputs = f"On {calibrated.samples} inputs" if several else "For one input"
    share = f"{100 * calibrated.error:.2g} %"
    if several:
        share += f" (median; {100 * (calibrated.largest_error or 0.0):.2g} % at most)"
    unbound = dynamic.open_difference or 0.0
    note = (
        f" Compiled without reshaping, outputs differ by {100 * unbound:.2g} %." if unbound else ""
    )
    return (
        f"Dimensions are open as in the source, {source}. {inputs} its outputs differ from the "
        f"source's by {share} at {_shapes(calibrated.inputs)}, the shape of the samples, at which "
        f"it was judged and timed; for one input each, by {at}.{note}"
    )


def _states(states: StateFacts) -> str:
    samples = (
        f"One sample is a sequence of {states.steps} inferences, states are reset before each; "
        "times are of a sequence."
    )
    if states.kept:
        amount = states.difference or 0.0
        note = f" Step by step its outputs differ by {100 * amount:.2g} %." if amount else ""
        return f"The model keeps its states, {', '.join(states.kept)}. {samples}{note}"
    return f"The model takes whole sequences, not states as its source: {states.reason}. {samples}"


def _shapes(inputs: Mapping[str, tuple[int, ...]]) -> str:
    """Format shapes with `?` for open dimensions: `ids [?, ?], mask [?, ?]`."""
    return ", ".join(
        f"{name} [{', '.join('?' if size < 0 else str(size) for size in shape)}]"
        for name, shape in inputs.items()
    )
