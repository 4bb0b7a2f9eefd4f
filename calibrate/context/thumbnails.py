"""Make thumbnails for the report while the images are available."""

from collections.abc import Iterable

from calibrate.context.thumbnail import SMALL, thumbnail
from calibrate.core.sample import IMAGE
from calibrate.datasets.loading.tensors import SampleReader
from calibrate.errors import CalibrateError


def thumbnails(reader: SampleReader, ids: Iterable[str], side: int = SMALL) -> dict[str, str]:
    """Return thumbnails of some samples, at most `side` pixels wide and high, by id.

    Samples without an image, and those that can no longer be read, are left out, so that the report
    is still written.
    """
    wanted = set(ids)
    if not wanted:
        return {}
    made = {}
    for item in reader.adapter.items():
        if item.id not in wanted:
            continue
        try:
            sample = reader.source(item)
        except CalibrateError:
            continue
        if IMAGE in sample.data and (picture := thumbnail(sample.image, side)):
            made[item.id] = picture
    return made
