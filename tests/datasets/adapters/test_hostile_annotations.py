"""Annotations of any content give records or a CalibrateError, never another exception."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibrate.datasets.adapters.camvid import parse_pairs
from calibrate.datasets.formats.coco import parse_coco
from calibrate.datasets.formats.coco_json import parse_json
from calibrate.datasets.formats.coco_segments import compact, draw, segments_problem
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.voc_xml import parse_voc
from calibrate.datasets.formats.yolo_rows import parse_yolo
from calibrate.errors import CalibrateError

LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4),
    st.integers(0, 3), st.sampled_from(["a.jpg", "b.jpg"]),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


def entries(*keys):
    return st.lists(st.dictionaries(st.sampled_from(keys), VALUES) | VALUES, max_size=4)


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "images": entries("id", "file_name", "height", "width"),
        "annotations": entries("id", "image_id", "category_id", "bbox", "area", "iscrowd"),
        "categories": entries("id", "name"),
    },
)


@settings(max_examples=200, deadline=None)
@given(document=DOCUMENTS | VALUES, segments=st.booleans())
def test_coco(document, segments):
    calls = []
    content = parse_json(json.dumps(document), "a.json", segments=segments)
    table = parse_coco(content, "a.json", calls, calls, segments=segments)
    assert len(table.starts) == len(table.file_names) + 1
    assert table.starts[-1] == len(table.boxes) == len(table.categories)
    assert all(isinstance(problem, CalibrateError) for problem in calls)


@settings(max_examples=200, deadline=None)
@given(value=VALUES | st.lists(st.lists(st.floats(-20, 20), max_size=8)))
def test_outlines(value):
    small = compact(value)
    if not segments_problem(small, 8, 9):
        assert draw(small, 8, 9).shape == (8, 9)


@settings(max_examples=100, deadline=None)
@given(counts=st.text(st.characters(min_codepoint=40, max_codepoint=120), max_size=30))
def test_compressed_run_lengths(counts):
    value = {"size": [8, 9], "counts": counts}
    if not segments_problem(compact(value), 8, 9):
        with contextlib.suppress(CalibrateError):
            assert draw(value, 8, 9).shape == (8, 9)


PIECES = st.sampled_from(
    ["<annotation>", "</annotation>", "<object>", "</object>", "<bndbox>", "</bndbox>", "<name>",
     "</name>", "<xmin>", "</xmin>", "<size>", "</size>", "<width>", "</width>", "7", "dog", "nan",
     "&amp;", "&lol;", "<!DOCTYPE a>", "<![CDATA[", "]]>", "<?xml version='1.0'?>", "\xff", "\0"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(PIECES, max_size=20), encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_voc(pieces, encoding):
    problems = []
    image = parse_voc("".join(pieces).encode(encoding), "a.xml", problems)
    assert image.objects == () or len(image.objects[0].box) == 4


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(
        st.lists(st.sampled_from(["0", "1", "-1", "0.5", "nan", "1e999", "x", "٣", "1_0"]))
        | st.lists(st.text(max_size=5), max_size=6),
        max_size=5,
    )
)
def test_lines_of_numbers_and_names(lines):
    texts = [" ".join(words) for words in lines]
    problems = []
    for entry in parse_yolo(texts, "a.txt", problems):
        assert entry.label >= 0
        assert all(0 <= v <= 1.001 for v in (entry.centre_x, entry.centre_y, entry.width))
    parse_pairs(texts, Findings("a.txt"))


@pytest.mark.parametrize("text", ["{" * 10_000, "[1e400]", '"\\ud800"', "-", "NaN", "\ufeff[]"])
def test_json_of_any_kind(text):
    problems = []
    with contextlib.suppress(CalibrateError):
        content = parse_json(text, "a.json", segments=True)
        parse_coco(content, "a.json", problems, [], segments=True)
        assert problems
