"""The Accuracy Checker's filters of boxes → `object_filter` and `detection_filter` of `map`."""

from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.values import numbers

FILTERS = {"annotation": "object_filter", "prediction": "detection_filter"}
"""Parameters of `map`, by what the Accuracy Checker filters."""

_RANGES = ("height_range", "width_range", "aspect_ratio", "area_ratio")


def filters_of(entry: Keys, *, removes: bool) -> Part:
    """Return parameters of `map` for an entry `filter`.

    Args:
        entry: of the source.
        removes: whether filtered boxes are removed instead of marked; those are reported.
    """
    target = str(entry.get("apply_to", "all"))
    ranges: Part = {}
    for key in (*_RANGES, "is_empty"):
        if key not in entry:
            continue
        if removes:
            entry.lost(key, "boxes outside a range are marked as difficult here, not removed")
        elif key == "is_empty":
            entry.get(key)  # the key alone filters there, whatever its value
            ranges[key] = True
        elif limits := _limits(entry, key):
            ranges[key] = limits
    why = "no converter of annotations of the Accuracy Checker reads the visibility of objects"
    entry.no_meaning(why, "min_visibility")
    if not ranges:
        return {}
    chosen = FILTERS if target == "all" else {target: FILTERS.get(target, "object_filter")}
    filters: Part = {}
    for name, parameter in chosen.items():
        # Only annotations have an area of the image there.
        kept = ranges if name != "prediction" else _without(ranges, "area_ratio")
        if kept:
            filters[parameter] = kept
    return filters


def _without(ranges: Part, key: str) -> Part:
    return {name: limits for name, limits in ranges.items() if name != key}


def _limits(entry: Keys, key: str) -> list[float] | None:
    raw = entry.get(key)
    values = numbers(raw)
    if not values or len(values) > 2 or (len(values) == 2 and 0 < values[1] <= values[0]):
        entry.notes.add("lost", entry.at(key), "this is no range", raw)
        return None
    return values[:1] if len(values) == 2 and not values[1] else values  # 0 is no limit there


def joined(entry: Keys, filters: Part, further: Part) -> Part:
    """Return the parameters of two entries `filter`; a range that both give is reported."""
    result = dict(filters)
    for name, ranges in further.items():
        earlier = result.get(name, {})
        for key in earlier.keys() & ranges.keys():
            if earlier[key] != ranges[key]:
                why = "another filter gives the same range"
                entry.notes.add("lost", entry.at(key), why, ranges[key])
        result[name] = {**ranges, **earlier}
    return result
