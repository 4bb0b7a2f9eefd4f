"""Adapter `verification_pairs`: images of a list of pairs that show one identity or two."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from calibrate.core.component import AnchoredPath
from calibrate.core.group_annotations import PairMember
from calibrate.core.sample import Item, Sample
from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.images import ImageComponent, read_image_item
from calibrate.datasets.formats.pair_lists import Pair, is_lfw, parse_files, parse_lfw
from calibrate.datasets.formats.paths import inside
from calibrate.datasets.formats.text import read_text
from calibrate.errors import CalibrateError


class VerificationPairs(ImageComponent):
    """Images of the pairs of a list: faces, persons, signatures, products.

    The list is LFW's `pairs.txt`, or has two files and a label on each line (1: one identity, 0:
    two; in the order `a b 1` or `1 a b`, separated by commas or spaces). Each image is one sample,
    and a pair counts where both its images are in a set: images that pairs connect stay in one set
    of a split. Metrics: `pairwise_accuracy`, `tar_at_far`, `pairwise_roc_auc`.

    Example:
        type: verification_pairs
        annotation: pairs.txt
        data_source: lfw
    """

    annotation: AnchoredPath
    """The list of pairs."""
    data_source: AnchoredPath | None = None
    """The folder that files are relative to; the list's own folder by default."""
    format: Literal["auto", "lfw", "files"] = "auto"
    """Form of the list; `auto` derives it from the first lines."""
    extension: str = ".jpg"
    """Ending of the images of LFW's list, `George_W_Bush/George_W_Bush_0001.jpg`."""
    allow_outside: bool = False
    """Whether the list may name files outside `data_source`."""

    @property
    def folder(self) -> Path:
        """The folder that files are relative to."""
        return self.data_source or self.annotation.parent

    def items(self) -> Sequence[Item]:
        """Each image of the list once, in the order of its first mention.

        Raises:
            CalibrateError: lines of another form, files outside the folder, or pairs of one kind.
        """
        findings = Findings(shown(self.annotation))
        pairs = list(self._pairs(read_text(self.annotation), findings))
        names = list(dict.fromkeys(name for pair in pairs for name in (pair.first, pair.second)))
        paths = dict(self._paths(names, findings))
        kinds = {pair.same for pair in pairs}
        if not findings.count and len(kinds) < 2:
            kind = "one identity" if True in kinds else "two identities"
            all_alike = f"all {len(pairs)} pairs are of {kind}: nothing can be verified"
            findings.add(all_alike if pairs else "the list names no pair")
        findings.raise_any()
        groups = _groups(names, pairs)
        return [
            Item(shown(name), paths[name], _member(name, pairs_of, groups[name]))
            for name, pairs_of in _by_first(names, pairs).items()
        ]

    def _pairs(self, text: str, findings: Findings) -> Iterator[Pair]:
        comma = self.annotation.suffix.lower() == ".csv"
        if self.format == "lfw" or (self.format == "auto" and not comma and is_lfw(text)):
            return parse_lfw(text, self._lfw_file, findings)
        return parse_files(text, findings, comma=comma)

    def _lfw_file(self, name: str, number: int) -> str:
        return f"{name}/{name}_{number:04d}{self.extension}"

    def _paths(self, names: Sequence[str], findings: Findings) -> Iterator[tuple[str, Path]]:
        for name in names:
            try:
                yield name, inside(name, self.folder, allow_outside=self.allow_outside)
            except CalibrateError as error:
                findings.add(error.message, "", error.hint)

    def read(self, item: Item) -> Sample:
        """The decoded image."""
        folder = None if self.allow_outside else self.folder
        return read_image_item(item, folder, bits=self.bits)

    def sources(self) -> Sequence[Path]:
        """The list and the folder."""
        return [self.annotation, self.folder]

    def label_names(self) -> Sequence[str]:
        """None: pairs have no classes."""
        return ()


def _by_first(names: Sequence[str], pairs: Sequence[Pair]) -> Mapping[str, Sequence[Pair]]:
    listed: dict[str, list[Pair]] = {name: [] for name in names}
    for pair in pairs:
        listed[pair.first].append(pair)
    return listed


def _member(name: str, pairs: Sequence[Pair], group: str) -> PairMember:
    partners = tuple(pair.second for pair in pairs)
    return PairMember(name, partners, tuple(pair.same for pair in pairs), group)


def _groups(names: Sequence[str], pairs: Sequence[Pair]) -> Mapping[str, str]:
    """By name, the first name of those that pairs connect with it."""
    place = {name: at for at, name in enumerate(names)}
    ends = np.array([(place[p.first], place[p.second]) for p in pairs], np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), ends.T), shape=(len(names), len(names)))
    _, component = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    return {name: first.setdefault(int(component[at]), name) for name, at in place.items()}
