"""Step `pad_tokens`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibrate.core.component import Component
from calibrate.core.sample import Sample
from calibrate.errors import CalibrateError
from calibrate.preprocessing._lib.pixels import place


class PadTokens(Component):
    """Pad lists of token ids to one length, for which the model is compiled.

    All arrays of one dimension are padded: `input_ids` with `pad_id`, others (`attention_mask`,
    `token_type_ids`) with 0. Raw text needs `tokenize` instead, which pads itself.

    Example:
        preprocessing:
          - {type: pad_tokens, length: 128}
    """

    length: int = Field(ge=1)
    """Tokens of each sample."""
    pad_id: int = 0
    """Id of the token of padding: 0 for BERT, 1 for RoBERTa."""
    ids: str = "input_ids"
    """Key of the token ids in the sample's data."""
    padding_side: Literal["right", "left"] = "right"
    """The side that is padded."""
    truncation: Literal["error", "cut"] = "error"
    """How to handle longer samples: an error, or their end is cut off."""

    def __call__(self, sample: Sample) -> Sample:
        """The sample with all its lists at `length`.

        Raises:
            CalibrateError: there is no list, or one is too long with `truncation: error`.
        """
        lists = {key: array for key, array in sample.data.items() if array.ndim == 1}
        if not lists:
            raise CalibrateError("pad_tokens: the sample has no list of numbers", place(sample))
        longest = max(len(array) for array in lists.values())
        if longest > self.length and self.truncation == "error":
            raise CalibrateError(
                f"pad_tokens: the sample has {longest} tokens, length is {self.length}",
                place(sample),
                "raise length, or set truncation: cut",
            )
        padded: Mapping[str, NDArray[Any]] = {
            key: self._padded(array[: self.length], self.pad_id if key == self.ids else 0)
            for key, array in lists.items()
        }
        return replace(sample, data={**sample.data, **padded})

    def _padded(self, array: NDArray[Any], value: int) -> NDArray[Any]:
        spare = self.length - len(array)
        border = (spare, 0) if self.padding_side == "left" else (0, spare)
        return np.pad(array, border, constant_values=value)
