"""Adapter `market1501_reid`: images of persons or vehicles, queries and a gallery."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from calibrate.core.annotation import RetrievalLabel
from calibrate.core.component import AnchoredPath
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.images import ENDINGS, ImageComponent, read_image_item
from calibrate.datasets.formats.paths import list_files

_NAME = re.compile(r"(-?\d+)_c(\d+)")
"""Identity and camera in the names of Market-1501, DukeMTMC-reID and VeRi."""
_JUNK = -1


class Market1501(ImageComponent):
    """Re-identification: images named by identity and camera, `0002_c1s1_000451_03.jpg`.

    Images of one folder are queries, of another the gallery that they are compared with; images of
    the identity -1 (junk) are left out, those of 0 are distractors. Queries are not compared with
    images of their own identity and camera. DukeMTMC-reID and VeRi have such names too. Metrics:
    `recall_at_k` (rank-k, CMC), `retrieval_map` (mAP), `mean_reciprocal_rank`.

    Example:
        type: market1501_reid
        data_source: Market-1501-v15.09.15
    """

    data_source: AnchoredPath
    """The folder that contains the folders of queries and of the gallery."""
    query_folder: str = "query"
    """Folder of the queries."""
    gallery_folder: str = "bounding_box_test"
    """Folder of the gallery."""
    allow_outside: bool = False
    """Whether links may lead out of `data_source`."""

    def items(self) -> Sequence[Item]:
        """All queries, then the gallery, each sorted by name.

        Raises:
            CalibrateError: a name has no identity and camera, or no query has its identity in the
                gallery.
        """
        findings = Findings(shown(self.data_source))
        queries = list(self._items(self.query_folder, "query", findings))
        gallery = list(self._items(self.gallery_folder, "gallery", findings))
        known = {item.stratum for item in gallery}
        if not findings.count and not any(item.stratum in known for item in queries):
            findings.add(
                f"no image of '{shown(self.query_folder)}' has an identity that "
                f"'{shown(self.gallery_folder)}' has"
            )
        findings.raise_any()
        return [*queries, *gallery]

    def _items(
        self, folder: str, role: Literal["query", "gallery"], findings: Findings
    ) -> Iterator[Item]:
        for name in list_files(self.data_source / folder, ENDINGS):
            match = _NAME.match(Path(name).name)
            if match is None:
                findings.add(
                    f"'{shown(folder)}/{shown(name)}' does not begin with identity and camera",
                    hint="names have the form 0002_c1s1_000451_03.jpg",
                )
                continue
            identity, camera = int(match[1]), int(match[2])
            if identity != _JUNK:
                label = RetrievalLabel(identity, camera, role)
                path = self.data_source / folder / name
                yield Item(f"{shown(folder)}/{shown(name)}", path, label, identity)

    def read(self, item: Item) -> Sample:
        """The decoded image."""
        folder = None if self.allow_outside else self.data_source
        return read_image_item(item, folder, bits=self.bits)

    def sources(self) -> Sequence[Path]:
        """The folder."""
        return [self.data_source]

    def label_names(self) -> Sequence[str]:
        """None: identities are numbers."""
        return ()
