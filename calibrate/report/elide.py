"""Long names made short where there is little room."""

_DOTS = "…"
_SAID_TWICE = "/WithoutBiases"
"""What OpenVINO adds to the name of a layer whose bias is an operation of its own."""


def elided(name: str, most: int) -> str:
    """A name of at most `most` characters, without its middle if need be.

    What tells names of layers apart stands at either end: `/layer1/layer…conv2/Conv`.
    """
    if len(name) > most:
        name = name.removesuffix(_SAID_TWICE)
    if len(name) <= most:
        return name
    front = (most - len(_DOTS)) // 2
    back = most - len(_DOTS) - front
    return name[:front] + _DOTS + name[len(name) - back :]
