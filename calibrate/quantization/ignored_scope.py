"""What the user's ignored scope covers."""

import re

import openvino as ov

from calibrate.config.quantization import IgnoredScope
from calibrate.errors import CalibrateError


def ignores(scope: IgnoredScope, name: str, kind: str) -> bool:
    """Whether a scope names an operation: by name, pattern or type.

    What lies inside of a subgraph is not looked at here; NNCF itself finds it.

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
    """Refuse what matches nothing: scopes break in silence when a model is exported anew.

    Args:
        model: prepared.
        scope: the user's; with `validate: false` anything passes.

    Raises:
        CalibrateError: names, types or patterns that match nothing, all of them told.
    """
    if not scope.validate_scope:
        return
    names = {op.get_friendly_name() for op in model.get_ops()}
    types = {op.get_type_name() for op in model.get_ops()}
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
            hint="`calibrate inspect MODEL --operations` lists all; `validate: false` lets it pass",
        )
