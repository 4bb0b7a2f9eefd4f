import pytest

from calibrate.datasets.formats.contents import read_contents
from calibrate.errors import CalibrateError


def test_bytes_are_as_they_are(tmp_path):
    (tmp_path / "a").write_bytes(b"\xff\x00\r\n")
    assert read_contents(tmp_path / "a", tmp_path) == b"\xff\x00\r\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [("none", "there is no such file"), (".", "not a regular file"), ("link", "leads out")],
)
def test_what_cannot_be_read(tmp_path, name, message):
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "out").touch()
    (folder / "link").symlink_to(tmp_path / "out")
    with pytest.raises(CalibrateError, match=message):
        read_contents(folder / name, folder)


def test_a_read_error_names_the_file(tmp_path, monkeypatch):
    path = tmp_path / "a.xml"
    path.touch()

    def fail(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", fail)
    with pytest.raises(CalibrateError) as caught:
        read_contents(path)
    assert str(caught.value) == f"{path}: the file cannot be read (Permission denied)"
