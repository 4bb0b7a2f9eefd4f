import pytest

from calibrate.commands.new.data_guess import DataGuess
from calibrate.commands.new.fit_labels import with_fitting_labels


def guess(folder, labels, **fields):
    rows = "".join(f"{i},{label}\n" for i, label in enumerate(labels))
    (folder / "t.csv").write_text(f"f,y\n{rows}")
    adapter = {
        "type": "csv",
        "annotation": folder / "t.csv",
        "data_columns": {"x": ["f"]},
        "target": "class",
        "target_columns": "y",
        **fields,
    }
    return DataGuess(adapter, "class", "")


@pytest.mark.parametrize(
    ("labels", "shape", "changed"),
    [
        ([0, 1, 2], (1, 3), {}),
        ([1, 2, 3], (1, 3), {"label_offset": 1}),
        ([1, 2, 3], (1, 4), {}),
        ([1, 2, 5], (1, 4), {}),  # another model's classes, or the labels of an embedding
        ([0, 1], (1, 1), {}),
        ([20, 31], (1, 1), {"target": "values"}),
        ([20, 31], (-1,), {"target": "values"}),
        ([1, 2, 3], (1, -1), {}),
    ],
)
def test_labels(tmp_path, labels, shape, changed):
    data = guess(tmp_path, labels)
    fitted = with_fitting_labels(data, {"out": shape})
    assert dict(fitted.adapter) == {**data.adapter, **changed}
    assert fitted.truth == changed.get("target", "class")
    assert bool(fitted.doubts) == ("label_offset" in changed)


def test_words_are_never_values(tmp_path):
    data = guess(tmp_path, ["a", "b", "c"], label_map={"a": 0, "b": 1, "c": 2})
    assert with_fitting_labels(data, {"out": (1, 1)}) == data
