"""Shorten long names."""

_DOTS = "…"
_SAID_TWICE = "/WithoutBiases"
"""The suffix that OpenVINO adds to the name of a layer with a separate bias operation."""


def elided(name: str, most: int) -> str:
    """Shorten a name to at most `most` characters, by its middle if necessary.

    What tells names of layers apart stands at either end: `/layer1/layer…conv2/Conv`.
    """
    if len(name) > most:
        name = name.removesuffix(_SAID_TWICE)
    if len(name) <= most:
        return name
    front = (most - len(_DOTS)) // 2
    back = most - len(_DOTS) - front
    return name[:front] + _DOTS + name[len(name) - back :]
