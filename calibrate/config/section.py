"""The base of every part of the config."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the config: immutable, unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False
    )
