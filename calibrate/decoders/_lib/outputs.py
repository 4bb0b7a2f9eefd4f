"""Select a model output for a decoder, and reject values that no decoder can read."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibrate.core.component import SCORES, Outputs
from calibrate.core.sample import Facts
from calibrate.errors import CalibrateError, NotFiniteError

Shape = tuple[int, ...]
"""Of an output, -1 where a dimension is dynamic."""


def place(facts: Facts) -> str:
    """Return the place of a sample for messages: its file, or its id."""
    return facts.source or facts.id


def pick(outputs: Outputs, name: str | None, where: str = "") -> tuple[str, NDArray[Any]]:
    """Return the selected output and its values, all of them finite.

    Args:
        outputs: of one sample.
        name: the output's; None where the model has only one.
        where: the sample, for messages.

    Raises:
        CalibrateError: there is no such output, there are several and no name is given, or a value
            is not finite.
    """
    problem, output = _find(outputs, name)
    if output is None:
        raise CalibrateError(problem, where)
    return output, finite(output, outputs[output], where)


def finite(name: str, values: NDArray[Any], where: str = "") -> NDArray[Any]:
    """Return the values of an output unchanged if all are finite.

    Raises:
        NotFiniteError: one of them is infinite or not a number.
    """
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        count = int(np.size(values) - np.count_nonzero(np.isfinite(values)))
        raise NotFiniteError(
            f"output '{name}' holds {count} of {values.size} values that are no finite numbers",
            where,
            "look at the preprocessing first, then at the model",
        )
    return values


def pick_shape(shapes: Mapping[str, Shape], name: str | None) -> tuple[Shape | None, Sequence[str]]:
    """Return the shape of the selected output without its batch, or None and the problem."""
    problem, output = _find(shapes, name)
    return (None, [problem]) if output is None else (tuple(shapes[output][1:]), [])


def _find(names: Iterable[str], name: str | None) -> tuple[str, str | None]:
    known = [output for output in names if not output.endswith(SCORES)]
    listed = ", ".join(f"'{output}'" for output in known) or "none"
    if name is None:
        if len(known) == 1:
            return "", known[0]
        return f"the model has {len(known)} outputs: say which by `output` ({listed})", None
    if name in known:
        return "", name
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else f"; its outputs: {listed}"
    return f"the model has no output '{name}'{hint}", None
