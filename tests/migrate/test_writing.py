import pytest

from calibrate.errors import CalibrateError
from calibrate.migrate.convert import Converted
from calibrate.migrate.notes import Notes
from calibrate.migrate.writing import write_all

ONE = Converted("one", "a: 1\n", Notes())
NONE = Converted("none", None, Notes())


def test_writes_what_there_is(tmp_path):
    files = write_all([ONE, NONE], tmp_path / "new", force=False)
    assert files == {"one": tmp_path / "new" / "one.yaml"}
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["one.yaml"]
    assert files["one"].read_text() == "a: 1\n"


def test_keeps_what_is_there(tmp_path):
    (tmp_path / "one.yaml").write_text("mine")
    with pytest.raises(CalibrateError, match="there already"):
        write_all([ONE], tmp_path, force=False)
    assert (tmp_path / "one.yaml").read_text() == "mine"
    write_all([ONE], tmp_path, force=True)
    assert (tmp_path / "one.yaml").read_text() == "a: 1\n"


def test_says_why_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CalibrateError, match="nothing can be written"):
        write_all([ONE], tmp_path / "file", force=True)
