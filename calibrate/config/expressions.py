"""Replace values from `${VAR}` by their expressions, for reports."""

from collections.abc import Mapping
from typing import Any

from calibrate.config.tree import Node


def with_expressions(content: Any, node: Node | None) -> Any:  # noqa: ANN401  # any plain value
    """Return a `document` with values of variables replaced by the config's expressions.

    A path that the recorded form, relative to the config, shows without any value is kept in that
    form: `calibrate verify` finds `data.npz` of `${HERE}/data.npz` again without the variable.

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
    written = node.expression.rpartition("}")[2].lstrip("/")
    return node.expression if node.expression and content != written else content
