"""Parameters of datasets whose samples are an image and the text in it."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from calibrate.core.annotation import TokenTarget
from calibrate.core.component import AnchoredPath
from calibrate.datasets.formats.alphabets import (
    Case,
    characters,
    predicted_tokens,
    read_alphabet,
)
from calibrate.datasets.formats.images import ImageComponent


class TextRecognition(ImageComponent):
    """Parameters that say how a text becomes classes of characters."""

    alphabet: str | tuple[str, ...] = ()
    """The characters in the order of the model's classes."""
    alphabet_file: AnchoredPath | None = None
    """The same as a file with one character on each line."""
    alphabet_offset: int = Field(default=0, ge=0)
    """Class of the first character: 1 where class 0 is the blank of a CTC model."""
    case: Case = "keep"
    """Conversion of a text's case before it is compared."""
    predicted_case: Case = "keep"
    """Conversion of the case of predicted characters before they are compared."""
    unknown_characters: Literal["error", "wrong"] = "error"
    """How to handle characters that are not in the alphabet: an error, or a character that no
    prediction matches."""

    @model_validator(mode="after")
    def _has_alphabet(self) -> "TextRecognition":
        if bool(self.alphabet) == bool(self.alphabet_file):
            raise ValueError("give either alphabet or alphabet_file")
        return self

    def target(self, text: str) -> TokenTarget:
        """The classes of a text.

        Raises:
            CalibrateError: it has a character that is not in the alphabet, and that is an error.
        """
        known = self.unknown_characters == "error"
        tokens = characters(text, self._classes, self.case, must_be_known=known)
        return TokenTarget(tokens, None, self._predicted)

    def files(self) -> Sequence[Path]:
        """The file of the alphabet, if there is one."""
        return [self.alphabet_file] if self.alphabet_file else []

    @cached_property
    def _classes(self) -> Mapping[str, int]:
        return read_alphabet(self.alphabet_file or tuple(self.alphabet), self.alphabet_offset)

    @cached_property
    def _predicted(self) -> Mapping[int, int]:
        return predicted_tokens(self._classes, self.predicted_case)
