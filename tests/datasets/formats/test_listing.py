import pytest

from calibrate.datasets.formats.listing import (
    Affix,
    images_by_stem,
    listed_ids,
    one_each,
    paired,
    stem_of,
)
from calibrate.errors import CalibrateError


def test_ids_are_stripped_and_blank_lines_left_out():
    problems: list[CalibrateError] = []
    assert listed_ids(["a", "", " b c ", "  "], "val.txt", problems) == ["a", "b c"]
    assert not problems


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a", "b", "", "a"], "val.txt:4: 'a' is listed twice, first in line 1"),
        ([], "val.txt: the list is empty"),
        (["", " "], "val.txt: the list is empty"),
    ],
)
def test_bad_lists(lines, message):
    problems: list[CalibrateError] = []
    listed_ids(lines, "val.txt", problems)
    assert [str(problem) for problem in problems] == [message]


@pytest.mark.parametrize(
    ("name", "stem"),
    [("a.jpg", "a"), ("b/a.tar.png", "b/a.tar"), ("b.c/a", "b.c/a"), ("x/.y/z.png", "x/.y/z")],
)
def test_stem(name, stem):
    assert stem_of(name) == stem


@pytest.mark.parametrize(
    ("affix", "stem", "key"),
    [
        (Affix(), "a/b", "a/b"),
        (Affix(suffix="_lr"), "a/b_lr", "a/b"),
        (Affix(prefix="gt_"), "a/gt_b", "a/b"),
        (Affix(prefix="gt_"), "gt_a/b", None),
        (Affix(suffix="_lr"), "_lr", None),
        (Affix("aa", "aa"), "aaa", None),
    ],
)
def test_affix_key(affix, stem, key):
    assert affix.key(stem) == key


def touched(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_pairs_go_by_the_common_part(tmp_path):
    both = touched(tmp_path, "b_lr.png", "b_hr.jpg", "a/c_lr.png", "a/c_hr.png", "x.png")
    pairs = paired((both, Affix(suffix="_lr")), (both, Affix(suffix="_hr")), wanted="target")
    assert pairs == [("a/c_lr.png", "a/c_hr.png"), ("b_lr.png", "b_hr.jpg")]


@pytest.mark.parametrize(
    ("suffix", "messages"),
    [
        ("_gt", ["there is no mask for 'a.png'"]),
        ("_none", [
            "no image's name has the form *_none",
            "there is no mask for 'a.png'",
            "there is no mask for 'b.png'",
        ]),
    ],
)  # fmt: skip
def test_images_without_partner(tmp_path, suffix, messages):
    images = touched(tmp_path / "images", "a.png", "b.png")
    masks = touched(tmp_path / "masks", "b_gt.png", "z_gt.png")
    with pytest.raises(CalibrateError) as caught:
        paired((images, Affix()), (masks, Affix(suffix=suffix)), wanted="mask")
    assert str(caught.value).splitlines() == [f"{masks}: {message}" for message in messages]


def test_images_are_found_below_and_duplicates_reported(tmp_path):
    for name in ("b.PNG", "a/x.jpg", "a/x.png", "a/notes.txt", ".hidden.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    images = images_by_stem(tmp_path)
    assert images == {"a/x": ("a/x.jpg", "a/x.png"), "b": ("b.PNG",)}
    problems: list[CalibrateError] = []
    assert one_each(images, tmp_path, problems) == {"a/x": "a/x.jpg", "b": "b.PNG"}
    assert [problem.message for problem in problems] == [
        "images differ in their ending only: a/x.jpg, a/x.png"
    ]


def test_a_folder_without_images(tmp_path):
    with pytest.raises(CalibrateError, match="no image is in this folder"):
        images_by_stem(tmp_path)
