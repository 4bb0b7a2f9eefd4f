"""Replace values from `${VAR}` by their expressions, for reports."""

from collections.abc import Mapping
from typing import Any

from calibrate.config.tree import Node


def with_expressions(content: Any, node: Node | None) -> Any:  # noqa: ANN401  # any plain value
    """Return a `document` with values of variables replaced by the config's expressions.

    A path is kept as it is recorded, relative to the config: `calibrate verify` finds the files
    again without the variable.

    Args:
        content: plain values.
        node: the part of the tree that they come from; None for defaults.
    """
    if node is None:
        return content
    if isinstance(content, Mapping):
        return {key: with_expressions(value, node.child(key)) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [with_expressions(value, node.child(i)) for i, value in enumerate(content)]
    return node.expression if node.expression and content == node.value else content
