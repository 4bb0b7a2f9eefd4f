"""How many bits of 16-bit images count."""

from dataclasses import replace

from calibrate.commands.new.data_guess import DataGuess, build_adapter
from calibrate.errors import CalibrateError

_USUAL = (10, 12, 14, 16)
_LOOKED_AT = 64


def with_bits(data: DataGuess) -> tuple[DataGuess, int | None]:
    """The data with `bits`, and their number, where its images have 16; None where they have 8."""
    try:
        adapter = build_adapter(data.adapter)
        for item in adapter.items()[:4]:
            adapter.read(item)
    except CalibrateError as error:
        if "16 bits a pixel" not in error.message:
            raise
    else:
        return data, None
    deep = build_adapter({**data.adapter, "bits": 16})
    highest = max(int(deep.read(item).image.max()) for item in deep.items()[:_LOOKED_AT])
    bits = next(bits for bits in _USUAL if highest < 1 << bits)
    doubt = f"The images have 16 bits and values up to {highest}: {bits} bits are a guess."
    adapter_section = {**data.adapter, "bits": bits}
    return replace(data, adapter=adapter_section, doubts=(*data.doubts, doubt)), bits
