"""What the user's ignored scope covers."""

import re

from calibrate.config.quantization import IgnoredScope

WEIGHTED = frozenset({"Convolution", "GroupConvolution", "ConvolutionBackpropData", "MatMul"})
"""Operation types that INT8 is for."""


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
