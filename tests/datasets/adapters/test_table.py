"""Tables of images, numbers and tokens."""

import json

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from calibrate.core.annotation import ClassLabel, LabelSet
from calibrate.datasets.adapters.table import Table
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter


@pytest.fixture
def folder(tmp_path):
    for shade, name in enumerate(["a b.png", "c.png"]):
        Image.new("RGB", (3, 2), (shade, 0, 0)).save(tmp_path / name)
    return tmp_path


def table(folder, text, name="table.csv", **parameters):
    (folder / name).write_text(text)
    return Table(annotation=folder / name, **parameters)


def test_values_of_images(folder):
    adapter = table(
        folder,
        "file,x,y\na b.png,0.5,1\nc.png,2,-3\n",
        file_column="file",
        target="values",
        target_columns=["x", "y"],
    )
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["a b.png", "c.png"]
    assert [item.annotation.values.tolist() for item in items] == [[0.5, 1], [2, -3]]
    assert [adapter.read(item).image[0, 0, 0] for item in items] == [0, 1]


def test_names_without_ending(folder):
    fields = {"target": "class", "target_columns": "y"}
    adapter = table(folder, "id,y\nc,1\n", file_column="id", extension=".png", **fields)
    (item,) = check_adapter(adapter)
    assert item.id == "c"
    assert adapter.read(item).image[0, 0, 0] == 1


def test_classes_of_images(folder):
    (folder / "labels.txt").write_text("cat\ndog\n")
    adapter = table(
        folder,
        "file\tkind\nc.png\tdog\na b.png\t0\n",
        "table.tsv",
        file_column="file",
        target="class",
        target_columns="kind",
        labels=folder / "labels.txt",
    )
    items = check_adapter(adapter)
    assert [(item.annotation, item.stratum) for item in items] == [
        (ClassLabel(1), 1),
        (ClassLabel(0), 0),
    ]


def test_columns_of_labels(folder):
    adapter = table(
        folder,
        "file,cat,dog\na b.png,1,1\nc.png,0,0\n",
        file_column="file",
        target="labels",
        target_columns=["cat", "dog"],
    )
    assert [item.annotation for item in check_adapter(adapter)] == [LabelSet((0, 1)), LabelSet(())]
    assert adapter.label_names() == ["cat", "dog"]


def test_tokens(tmp_path):
    rows = [
        {"ids": [101, 7, 8, 102], "mask": [1, 1, 1, 1], "next": [7, 8, 102, -100]},
        {"ids": [101, 102], "mask": [1, 1], "next": [102, -100]},
    ]
    adapter = table(
        tmp_path,
        "\n".join(map(json.dumps, rows)),
        "table.jsonl",
        data_columns={"input_ids": "ids", "attention_mask": "mask"},
        target="tokens",
        target_columns="next",
    )
    items = check_adapter(adapter)
    assert [item.id for item in items] == ["table.jsonl#0", "table.jsonl#1"]
    sample = adapter.read(items[1])
    np.testing.assert_array_equal(sample.data["input_ids"], np.array([101, 102]))
    assert sample.data["attention_mask"].dtype == np.int64
    assert sample.annotation.tokens.tolist() == [102, -100]
    assert sample.geometry is None
    sample.data["input_ids"][0] = 0
    assert adapter.read(items[1]).data["input_ids"][0] == 101


def test_image_and_numbers(folder):
    adapter = table(
        folder,
        "file,age\na b.png,30\nc.png,40\n",
        file_column="file",
        data_columns={"age": "age"},
        data_type="float32",
    )
    items = check_adapter(adapter)
    sample = adapter.read(items[1])
    assert sample.data.keys() == {"age", "image"}
    assert sample.data["age"].tolist() == [40]
    assert sample.annotation is None


VALUES = {"file_column": "file", "target": "values", "target_columns": "v"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "table.csv: the table has no rows"),
        ("file,v\n", "table.csv: the table has no rows"),
        ("file,w\nc.png,1\n", "table.csv:2: there is no column 'v'"),
        ("file,v\nc.png,one\n", "table.csv:2: 'one' is not a number"),
        ("file,v\nc.png\n", "table.csv:2: the row has 1 cells"),
        ("file,v\n../c.png,1\n", "table.csv:2: '../c.png' leads out of the data source"),
        ("file,v\nc.png,1\n./c.png,1\n", "table.csv:3: './c.png' is on line 2 too"),
        ("file,v\na,1\nb,1 2\n", "table.csv: some rows have 1 target values, others 2"),
        ("file,v\n,1\n", "table.csv:2: '' is not a file name"),
    ],
)
def test_problems(tmp_path, text, message):
    with pytest.raises(CalibrateError) as caught:
        table(tmp_path, text, **VALUES).items()
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "give file_column, text_columns or data_columns"),
        ({"file_column": "a", "target": "class"}, "go together"),
        ({"file_column": "a", "target_columns": "b"}, "go together"),
        ({"file_column": "a", "target": "class", "target_columns": ["b", "c"]}, "in one column"),
        ({"file_column": "a", "data_columns": {"image": "b"}}, "no column's key can be 'image'"),
        ({"file_column": "a", "annotation": "x.dat"}, "implies no format"),
    ],
)
def test_parameters(parameters, message):
    with pytest.raises(ValidationError, match=message):
        Table(**{"annotation": "x.csv", **parameters})


def test_uncertain_and_empty_labels(folder, caplog):
    adapter = table(
        folder,
        "file,cat,dog,cow\na b.png,1.0,-1.0,\nc.png,,0.0,1\n",
        file_column="file",
        target="labels",
        target_columns=["cat", "dog", "cow"],
    )
    annotations = [item.annotation for item in check_adapter(adapter)]
    assert annotations == [LabelSet((0,), (1, 2)), LabelSet((2,), (0,))]
    assert "2 empty cells of labels are ignored (blank_labels)" in caplog.text


def test_features_as_one_input(tmp_path):
    adapter = table(
        tmp_path,
        "age,income,bought\n30,1.5,1\n40,2,0\n",
        data_columns={"x": ["age", "income"]},
        data_type="float32",
        target="class",
        target_columns="bought",
    )
    items = check_adapter(adapter)
    sample = adapter.read(items[0])
    assert sample.data["x"].tolist() == [30, 1.5]
    assert sample.data["x"].dtype == np.float32
    assert sample.annotation == ClassLabel(1)


def test_text_and_words(tmp_path):
    rows = [
        {"review": "good, really", "words": ["a", "b"], "y": 1},
        {"review": "", "words": ["c"], "y": 0},
    ]
    adapter = table(
        tmp_path,
        "\n".join(map(json.dumps, rows)),
        "table.jsonl",
        text_columns={"text": "review", "words": "words"},
        target="class",
        target_columns="y",
    )
    items = check_adapter(adapter)
    first, second = (adapter.read(item) for item in items)
    assert first.data["text"].item() == "good, really"
    assert first.data["words"].tolist() == ["a", "b"]
    assert second.data["text"].item() == ""


@pytest.mark.parametrize("value", ["3", "[]", "[1]", "null", "{}"])
def test_what_is_no_text(tmp_path, value):
    adapter = table(tmp_path, f'{{"t": {value}}}', "table.jsonl", text_columns={"text": "t"})
    with pytest.raises(CalibrateError, match="holds neither text nor a list of words"):
        adapter.items()


def test_a_target_for_each_decoder(folder):
    adapter = table(
        folder,
        "file,age,sex\na b.png,31,f\nc.png,40.5,m\n",
        file_column="file",
        targets={
            "age": {"target": "values", "target_columns": "age"},
            "gender": {"target": "class", "target_columns": "sex", "label_map": {"f": 0, "m": 1}},
        },
    )
    items = check_adapter(adapter)
    assert [item.annotation.describe(()) for item in items] == [
        "age: 31; gender: 0",
        "age: 40.5; gender: 1",
    ]
    with pytest.raises(ValidationError, match="either target or targets"):
        Table(**{**adapter.model_dump(), "target": "class", "target_columns": "sex"})


def test_text_to_recognise(folder):
    adapter = table(
        folder,
        "file,text\na b.png,Ab1\nc.png,007\n",
        file_column="file",
        target="text",
        target_columns="text",
        alphabet="0123456789ab",
        alphabet_offset=1,
        case="lower",
    )
    tokens = [item.annotation.tokens.tolist() for item in check_adapter(adapter)]
    assert tokens == [[11, 12, 2], [1, 1, 8]]
    with pytest.raises(CalibrateError, match=r"table.csv:2.*'Ab1' holds 'A', not in the alphabet"):
        Table(**{**adapter.model_dump(), "case": "keep"}).items()
    with pytest.raises(ValidationError, match="needs alphabet or alphabet_file"):
        Table(**{**adapter.model_dump(), "alphabet": ()})
