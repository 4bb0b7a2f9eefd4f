"""Shortest distinct names of files."""

from collections.abc import Sequence
from pathlib import Path


def short_names(paths: Sequence[str]) -> list[str]:
    """Return as many of each path's last parts as make all differ; equal paths stay equal.

    `/a/fp32/model.xml` and `/a/int8/model.xml` are `fp32/model.xml` and `int8/model.xml`.
    """
    parts = [Path(path).parts for path in paths]
    distinct = len(set(parts))
    for depth in range(1, max((len(part) for part in parts), default=0)):
        if len({part[-depth:] for part in parts}) == distinct:
            return ["/".join(part[-depth:]) for part in parts]
    return list(paths)
