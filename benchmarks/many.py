"""Any config's images, more often than there are: every copy differs by a few pixels.

Named by `memory.py` as `many.py:Copies`, since the sets of images that people have are small.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibrate.config.load import load_config
from calibrate.core.component import Adapter, AnchoredPath, Component
from calibrate.core.sample import IMAGE, Item, Sample

_CHANGED = 0.01
"""Share of the pixels of a copy that are one level brighter or darker."""


class Copies(Component):
    """The samples of another config's dataset, each with copies until there are `samples`.

    Example:
        adapter: {type: many.py:Copies, config: ../configs/zoo_ssd_mobilenet_v1.yaml, samples: 1000}
    """

    config: AnchoredPath
    """The config whose dataset is read."""
    samples: int
    """How many samples there are in the end."""

    @cached_property
    def _adapter(self) -> Adapter:
        return load_config(self.config).adapter

    def items(self) -> Sequence[Item]:
        """As many as asked for; the first ones are the originals."""
        originals = self._adapter.items()
        return [
            replace(
                originals[number % len(originals)],
                id=f"{originals[number % len(originals)].id}#{number // len(originals)}",
            )
            for number in range(self.samples)
        ]

    def read(self, item: Item) -> Sample:
        """The image with some pixels changed; what is in the image stays, so labels hold."""
        original, _, copy = item.id.rpartition("#")
        sample = self._adapter.read(replace(item, id=original))
        if copy != "0":
            image: NDArray[np.uint8] = sample.image.astype(np.uint8, copy=False)
            random = np.random.default_rng([int(copy), *original.encode()])
            change = (random.random(image.shape) < _CHANGED).astype(np.uint8)
            changed = np.where(image < 128, image + change, image - change).astype(image.dtype)
            sample = replace(sample, data={**sample.data, IMAGE: changed})
        return replace(sample, id=item.id)

    def sources(self) -> Sequence[Path]:
        """The other config's."""
        return self._adapter.sources()

    def label_names(self) -> Sequence[str]:
        """The other config's."""
        return self._adapter.label_names()
