"""An adapter of one's own: images whose class is the first word of the file's name, `cat_01.jpg`.

A config names it by path, relative to the YAML: `type: class_in_name.py:ClassInName`.
"""

from collections.abc import Sequence
from pathlib import Path

from calibrate import AnchoredPath, CalibrateError, ClassLabel, Component, Item, Sample
from calibrate.datasets.formats.images import ENDINGS, read_image_item
from calibrate.datasets.formats.paths import list_files, shown


class ClassInName(Component):
    """Images whose class is the first word of the file's name.

    Example:
        type: class_in_name.py:ClassInName
        data_source: pets
        classes: [cat, dog]
    """

    # Parameters are fields: the config checks them and `calibrate list adapters` shows them.
    data_source: AnchoredPath
    """The folder of images; relative to the YAML in which it stands."""
    classes: tuple[str, ...]
    """First words of the names, in the order of the class ids."""

    def items(self) -> Sequence[Item]:
        """List what there is without opening it; ids are unique, the order is stable."""
        ids = {word: label for label, word in enumerate(self.classes)}
        items = []
        for name in list_files(self.data_source, ENDINGS):
            path = self.data_source / name
            label = ids.get(path.name.partition("_")[0])
            if label is None:
                raise CalibrateError(
                    "the name begins with no class", shown(path), "add it to classes"
                )
            # The stratum keeps the classes' shares alike when images are drawn.
            items.append(Item(shown(name), path, ClassLabel(label), stratum=label))
        if not items:
            raise CalibrateError("no image is in this folder", str(self.data_source))
        return items

    def read(self, item: Item) -> Sample:
        """Decode one of them, as HWC uint8 RGB; several threads do so at once."""
        return read_image_item(item, self.data_source)

    def sources(self) -> Sequence[Path]:
        """What has to exist before the run begins."""
        return [self.data_source]

    def label_names(self) -> Sequence[str]:
        """Names by class id, for reports."""
        return self.classes
