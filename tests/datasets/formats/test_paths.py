"""Names from annotations stay inside their data source."""

import os
from pathlib import Path

import pytest

from calibrate.core.text import shown
from calibrate.datasets.formats.paths import Stamp, inside, list_files, list_folders, regular_file
from calibrate.errors import CalibrateError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", "/data/a.jpg"),
        ("sub/a.jpg", "/data/sub/a.jpg"),
        ("./a.jpg", "/data/a.jpg"),
        ("sub/../a.jpg", "/data/a.jpg"),
        ("/data/a.jpg", "/data/a.jpg"),
        ("..a.jpg", "/data/..a.jpg"),
        ('with "quotes" and spaces.jpg', '/data/with "quotes" and spaces.jpg'),
        ("new\nline.jpg", "/data/new\nline.jpg"),
        ("\udcff.jpg", "/data/\udcff.jpg"),
    ],
)
def test_name_inside(name, expected):
    assert inside(name, Path("/data")) == Path(expected)


@pytest.mark.parametrize(
    "name", ["..", "../a.jpg", "sub/../../a.jpg", "/etc/passwd", "/database/a.jpg", "/data/../a"]
)
@pytest.mark.parametrize("folder", ["/data", "data", ".", ".."])
def test_name_outside(name, folder):
    with pytest.raises(CalibrateError, match="leads out of the data source"):
        inside(name, Path(folder))
    assert isinstance(inside(name, Path(folder), allow_outside=True), Path)


@pytest.mark.parametrize("name", ["", "a\0.jpg"])
def test_no_name(name):
    with pytest.raises(CalibrateError, match="not a file name"):
        inside(name, Path("/data"), allow_outside=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a b.jpg", "a b.jpg"),
        ("é日.jpg", "é日.jpg"),
        ("a\nb", "a\\nb"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\udcff.jpg", "\\xff.jpg"),
        ("\u202egpj", "\\u202egpj"),
    ],
)
def test_shown(name, expected):
    assert shown(name) == expected
    assert shown(name).encode()


def test_links(tmp_path):
    folder, other = tmp_path / "data", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (folder / "a").write_text("a")
    (other / "b").write_text("b")
    (folder / "within").symlink_to(folder / "a")
    (folder / "out").symlink_to(other / "b")
    (folder / "circle").symlink_to(folder / "circle")
    (folder / "dangling").symlink_to(folder / "nothing")
    (tmp_path / "link").symlink_to(folder)
    os.mkfifo(folder / "pipe")

    assert regular_file(folder / "within", folder) == (folder / "a").resolve()
    assert regular_file(tmp_path / "link" / "a", tmp_path / "link").name == "a"
    assert regular_file(folder / "out").read_text() == "b"
    for name, message in {
        "out": "the link leads out",
        "circle": "circle|Too many levels",
        "dangling": "no such file",
        "nothing": "no such file",
        "a/b": "no such file",
        "pipe": "not a regular file",
        ".": "not a regular file",
        "x" * 300: "File name too long",
    }.items():
        with pytest.raises(CalibrateError, match=message) as caught:
            regular_file(folder / name, folder)
        assert caught.value.where.startswith(str(folder))


def test_listing(tmp_path):
    for name in ["b/2.JPG", "b/1.jpg", "a/x y.png", "a/.hidden.png", ".git/z.png", "a/notes.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "a" / "circle").symlink_to(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/b/\xff.jpg")).touch()
    names = ["a/x y.png", "b/1.jpg", "b/2.JPG", "b/\udcff.jpg"]
    assert list_files(tmp_path, (".jpg", ".png")) == names
    assert list_files(tmp_path / "b") == ["1.jpg", "2.JPG", "\udcff.jpg"]
    assert list_folders(tmp_path) == ["a", "b"]
    for listing in (list_files, list_folders):
        with pytest.raises(CalibrateError, match="No such file"):
            listing(tmp_path / "nothing")


def test_stamp_changes_with_content(tmp_path):
    path = tmp_path / "a"
    path.write_text("a")
    before = Stamp.of(path)
    assert Stamp.of(path) == before
    path.write_text("ab")
    assert Stamp.of(path) != before
