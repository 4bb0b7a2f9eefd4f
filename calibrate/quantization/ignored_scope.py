"""Match operations against the user's ignored scope."""

import re

import openvino as ov

from calibrate.config.quantization import IgnoredScope
from calibrate.errors import CalibrateError
from calibrate.models.bodies import all_operations


def ignores(scope: IgnoredScope, name: str, kind: str) -> bool:
    """Return whether a scope contains an operation by name, pattern or type.

    Operations inside subgraphs are not matched here; NNCF finds them.

    Args:
        scope: the user's.
        name: of the operation.
        kind: its type.
    """
    return (
        name in scope.names
        or kind in scope.types
        or any(re.fullmatch(pattern, name) for pattern in scope.patterns)
    )


def check_scope(model: ov.Model, scope: IgnoredScope) -> None:
    """Refuse entries without a match: a new export of a model can silently break a scope.

    Args:
        model: prepared.
        scope: the user's; with `validate: false` every scope passes.

    Raises:
        CalibrateError: names, types or patterns match nothing; the message lists all of them.
    """
    if not scope.validate_scope:
        return
    names = {op.get_friendly_name() for op in all_operations(model)}
    types = {op.get_type_name() for op in all_operations(model)}
    ends = [end for part in scope.subgraphs for end in (*part.inputs, *part.outputs)]
    missing = [
        *(f"name '{name}'" for name in (*scope.names, *ends) if name not in names),
        *(f"type '{kind}'" for kind in scope.types if kind not in types),
        *(
            f"pattern '{pattern}'"
            for pattern in scope.patterns
            if not any(re.fullmatch(pattern, name) for name in names)
        ),
    ]
    if missing:
        raise CalibrateError(
            f"nothing in the model matches {', '.join(missing)}",
            where="quantization.ignored_scope",
            hint="`calibrate inspect MODEL --operations` lists all; `validate: false` accepts it",
        )
