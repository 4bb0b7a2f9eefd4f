import pytest
from PIL import Image

from calibrate.datasets.adapters.wider import Wider
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

LIST = "p/a.png\n2\n1 2 3 4 0 0 0 0 0 0\n5 6 7 8 0 0 0 1 0 0\nb.png\n0\n0 0 0 0 0 0 0 0 0 0\n"


def dataset(root, text=LIST):
    (root / "images/p").mkdir(parents=True)
    for name in ("p/a.png", "b.png"):
        Image.new("RGB", (40, 20)).save(root / "images" / name)
    (root / "list.txt").write_text(text)
    return {"annotation_file": root / "list.txt", "images_dir": root / "images"}


def test_faces(tmp_path):
    adapter = Wider(**dataset(tmp_path))
    items = check_adapter(adapter)
    assert [(item.id, item.stratum) for item in items] == [("p/a.png", 1), ("b.png", None)]
    faces = adapter.read(items[0]).annotation
    assert faces.boxes.tolist() == [[1, 2, 4, 6], [5, 6, 12, 14]]
    assert faces.labels.tolist() == [1, 1]
    assert faces.difficult.tolist() == [False, False]
    assert len(adapter.read(items[1]).annotation.labels) == 0
    assert list(adapter.label_names()) == ["background", "face"]


def test_class_id_and_invalid_faces(tmp_path):
    adapter = Wider(**dataset(tmp_path), label_start=0, invalid_faces="difficult")
    faces = adapter.items()[0].annotation
    assert faces.labels.tolist() == [0, 0]
    assert faces.difficult.tolist() == [False, True]
    assert list(adapter.label_names()) == ["face"]
    assert list(adapter.model_copy(update={"label_start": 2}).label_names()) == [
        "background",
        "unused 1",
        "face",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.png\n1\n1 2 0 4\n", r"list.txt:3: the box \[1, 2, 1, 6\] has no area"),
        ("../a.png\n0\n", "list.txt:1: '../a.png' leads out of the data source"),
        ("", "the list names no image"),
    ],
)
def test_problems(tmp_path, text, message):
    with pytest.raises(CalibrateError, match=message):
        Wider(**dataset(tmp_path, text)).items()


def test_boxes_without_area_are_left_out(tmp_path, caplog):
    places = dataset(tmp_path, "b.png\n2\n1 2 0 4\n1 2 3 4\n")
    items = Wider(**places, bad_objects="drop").items()
    assert items[0].annotation.boxes.tolist() == [[1, 2, 4, 6]]
    assert "1 objects left out" in caplog.text
