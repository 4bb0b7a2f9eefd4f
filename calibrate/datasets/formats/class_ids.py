"""From what a dataset writes for a class to the class id."""

from collections.abc import Mapping

from calibrate.core.text import shown
from calibrate.datasets.formats.label_lists import LabelList, integer
from calibrate.errors import CalibrateError


class ClassIds:
    """What a dataset writes for a class, turned into the class id.

    Args:
        names: the classes, empty where they are not known.
        label_map: class ids by word; where there is one, every word has to be in it.
        label_offset: the number by which the dataset calls its first class.
    """

    def __init__(
        self, names: LabelList, label_map: Mapping[str, int] | None = None, label_offset: int = 0
    ) -> None:
        self.names = names
        self.label_map = label_map or {}
        self.label_offset = label_offset

    def of(self, word: str) -> int:
        """The class id of a word or number.

        Raises:
            CalibrateError: it stands for no class; the place is the caller's to add.
        """
        number = integer(word)
        if self.label_map:
            if word not in self.label_map:
                raise CalibrateError(f"'{shown(word)}' is not in the label map")
            return self._within(self.label_map[word], word)
        if number is not None:
            return self._within(number - self.label_offset, word)
        if word in self.names.ids:
            return self.names.ids[word]
        if self.names.names:
            raise CalibrateError(f"'{shown(word)}' is not among the label names")
        raise CalibrateError(
            f"the label '{shown(word)}' is not a number", hint="name a labels file or a label_map"
        )

    def _within(self, index: int, word: str) -> int:
        count = len(self.names.names)
        if index < 0:
            first = f"{self.label_offset}, the number of the first class"
            raise CalibrateError(f"label {shown(word)} is below {first}")
        if count and index >= count:
            counted = self.label_offset or self.label_map
            raise CalibrateError(
                f"label {shown(word)} is out of range: there "
                f"{'is 1 label name' if count == 1 else f'are {count} label names'}",
                hint=""
                if counted
                else "complete the label names, or set label_offset: 1 if the list counts from 1",
            )
        return index
