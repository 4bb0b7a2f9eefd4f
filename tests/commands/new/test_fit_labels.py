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


@pytest.mark.parametrize(
    ("ids", "shape", "changed"),
    [
        ((0, 1, 2), (1, 3, 64, 64), None),
        ((1, 2, 3), (1, 3, 64, 64), {"label_map": {1: 0, 2: 1, 3: 2}, "ignore": None}),
        ((1, 2, 255), (1, 2, 64, 64), {"label_map": {1: 0, 2: 1}, "ignore": 255}),
        ((0, 1, 2), (1, 64, 64, 2), {"label_map": {0: 255, 1: 0, 2: 1}, "ignore": 255}),
        ((1, 2, 3), (1, 64, 64), None),
        ((0, 1, 2, 3), (1, 2, 64, 64), None),
    ],
)
def test_ids_of_masks(ids, shape, changed):
    data = DataGuess({"type": "mask_pairs", "ignore": None}, "mask", "", mask_ids=ids)
    fitted = with_fitting_labels(data, {"out": shape})
    assert dict(fitted.adapter) == {**data.adapter, **(changed or {})}
    assert bool(fitted.doubts) == bool(changed)


def test_words_are_never_values(tmp_path):
    data = guess(tmp_path, ["a", "b", "c"], label_map={"a": 0, "b": 1, "c": 2})
    assert with_fitting_labels(data, {"out": (1, 1)}) == data
