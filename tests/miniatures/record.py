"""What a structural miniature is: a small network with one trait, and samples for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

Samples = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Miniature:
    """A network with one trait.

    Attributes:
        name: the trait.
        network: builds the model.
        samples: an array [N, ...] an input.
        config: sections of the config that differ from the common ones.
        refused: a regular expression that the reason matches, for what cannot be calibrated.
        slow: takes more than ten seconds.
        int8: least number of layers with weights that the plugin runs in INT8.
        file: writes the model into a folder and gives its path, for models that are no IR.
    """

    name: str
    network: Callable[[], ov.Model] | None
    samples: Samples
    config: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    int8: int = 1
    slow: bool = False
    file: Callable[[Path], Path] | None = None

    def write(self, folder: Path) -> Path:
        """The path of the model, written into a folder."""
        if self.file is not None:
            return self.file(folder)
        assert self.network is not None
        path = folder / "model.xml"
        ov.save_model(self.network(), path, compress_to_fp16=False)
        return path
