import pytest

from calibrate.store.invalidation import invalidation_reasons

NOW = {"model": "a" * 64, "images": "b" * 64, "openvino": "2026.4", "instruction set": "avx2"}
OLD = {**NOW, "openvino": "2026.3"}


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ([], ()),
        ([NOW, NOW], ()),
        ([{"model": NOW["model"], "recipe": "x"}], ()),
        (
            [OLD],
            ("1 measurement of an earlier run is not reused: openvino was 2026.3, is 2026.4",),
        ),
        (
            [{**NOW, "images": "c" * 64}] * 3,
            ("3 measurements of an earlier run are not reused: images changed",),
        ),
    ],
)
def test_causes_are_reported(recorded, expected):
    assert invalidation_reasons(recorded, NOW) == expected


def test_the_most_frequent_cause_comes_first():
    both = {**OLD, "model": "c" * 64}
    assert invalidation_reasons([OLD, both, both], NOW) == (
        (
            "2 measurements of an earlier run are not reused: "
            "model changed; openvino was 2026.3, is 2026.4"
        ),
        "1 measurement of an earlier run is not reused: openvino was 2026.3, is 2026.4",
    )
