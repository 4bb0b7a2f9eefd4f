"""Thumbnails for the report, made while the images are there."""

from collections.abc import Iterable

from calibrate.config.resolved import Resolved
from calibrate.context.thumbnail import SMALL, thumbnail
from calibrate.core.sample import IMAGE
from calibrate.datasets.loading.tensors import SampleReader
from calibrate.errors import CalibrateError


def thumbnails(resolved: Resolved, ids: Iterable[str], side: int = SMALL) -> dict[str, str]:
    """Small pictures of some samples, at most `side` pixels a side, by their ids.

    Samples without an image, and those that cannot be read any more, are left out: a report
    without a picture is worth more than a run without a report.
    """
    wanted = set(ids)
    if not wanted:
        return {}
    chain = SampleReader(resolved.adapter, resolved.steps)
    found = {}
    for item in resolved.adapter.items():
        if item.id not in wanted:
            continue
        try:
            sample = chain.source(item)
        except CalibrateError:
            continue
        if IMAGE in sample.data and (picture := thumbnail(sample.image, side)):
            found[item.id] = picture
    return found
