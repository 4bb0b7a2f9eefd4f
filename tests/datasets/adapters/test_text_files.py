import pytest

from calibrate.core.annotation import ClassLabel
from calibrate.datasets.adapters.text_files import TextFiles
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter


@pytest.fixture
def reviews(tmp_path):
    for name, text in (("neg/1.txt", "bad\nfilm"), ("pos/1.txt", "good"), ("unsup/2.txt", "?")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_folder_a_class(reviews):
    adapter = TextFiles(data_source=reviews, classes=("pos", "neg"))
    items = check_adapter(adapter)
    assert [(item.id, item.annotation) for item in items] == [
        ("pos/1.txt", ClassLabel(0)),
        ("neg/1.txt", ClassLabel(1)),
    ]
    assert adapter.read(items[1]).data["text"].item() == "bad\nfilm"
    assert list(adapter.label_names()) == ["pos", "neg"]
    assert list(TextFiles(data_source=reviews).label_names()) == ["neg", "pos", "unsup"]


def test_lines(tmp_path):
    (tmp_path / "a.txt").write_text("one\n\n  two\n")
    adapter = TextFiles(data_source=tmp_path / "a.txt")
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["a.txt:1", "a.txt:3"]
    assert adapter.read(items[1]).data["text"].item() == "  two"


def test_files_without_classes(tmp_path):
    (tmp_path / "a.txt").write_text("one")
    (item,) = check_adapter(TextFiles(data_source=tmp_path))
    assert item.annotation is None


def test_what_is_missing(reviews, tmp_path):
    with pytest.raises(CalibrateError, match="there is no folder 'none'; there are: neg, pos"):
        TextFiles(data_source=reviews, classes=("none",)).items()
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(CalibrateError, match="there is no text"):
        TextFiles(data_source=tmp_path / "empty.txt").items()
