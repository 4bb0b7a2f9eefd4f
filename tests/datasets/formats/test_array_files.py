"""Files of arrays, good and hostile."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.datasets.formats.array_files import array_names, load_array
from calibrate.datasets.formats.paths import Stamp
from calibrate.errors import CalibrateError

X = np.arange(6, dtype=np.float32).reshape(3, 2)


def load(path):
    return {name: load_array(stamp, name) for name, stamp in array_names(path).items()}


def test_kinds(tmp_path):
    np.savez(tmp_path / "a.npz", x=X, y=X[:, 0])
    np.savez_compressed(tmp_path / "b.npz", x=X)
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "folder" / "x.npy", X)
    np.save(tmp_path / "folder" / "y.npy", X[:, 0])
    for path, names in {
        "a.npz": {"x", "y"},
        "b.npz": {"x"},
        "folder": {"x", "y"},
        "folder/x.npy": {"x"},
    }.items():
        loaded = load(tmp_path / path)
        assert loaded.keys() == names
        np.testing.assert_array_equal(loaded["x"], X)
    assert isinstance(load(tmp_path / "folder")["x"], np.memmap)


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.npy", b"", "not an array that numpy reads"),
        ("x.npy", b"hello", "not an array|pickled Python objects"),
        ("x.npy", saved(X)[:-1], "not an array that numpy reads"),
        ("x.npy", saved(X).replace(b"}", b"\0"), "not an array that numpy reads"),
        ("x.npy", saved(X).replace(b"(3, 2)", b"(9**9)"), "not an array that numpy reads"),
        ("x.npy", saved(np.array([{}], object)), "pickled Python objects|not an array"),
        ("x.npy", saved(np.array(["text"])), "array 'x' contains no numbers"),
        ("x.npy", saved(np.array([1j])), "array 'x' contains no numbers"),
        ("x.npz", b"", "not an array that numpy reads"),
        ("x.npz", zipped(), "there is no array in this file"),
        ("x.npz", zipped(x=b"hello"), "array 'x' contains no numbers|not an array"),
        ("x.npz", zipped(x=saved(np.array([{}], object))), "pickled Python objects"),
        ("x.npz", zipped(x=saved(X))[:-9], "not an array that numpy reads"),
    ],
)
def test_refused(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CalibrateError, match=message) as caught:
        load(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)


def test_nothing_there(tmp_path):
    with pytest.raises(CalibrateError, match=r"there is no \.npy in this folder"):
        array_names(tmp_path)
    with pytest.raises(CalibrateError, match="no such file"):
        array_names(tmp_path / "x.npz")
    np.savez(tmp_path / "x.npz", x=X)
    with pytest.raises(CalibrateError, match="not an array"):
        load_array(Stamp.of(tmp_path / "x.npz"), "y")


@given(
    st.sampled_from([("x.npy", saved(X)), ("x.npz", zipped(x=saved(X)))]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=3),
)
def test_mutated_files_are_read_or_refused(tmp_path_factory, file, changes):
    name, data = file
    mutated = bytearray(data)
    for place, value in changes:
        mutated[int(place * (len(data) - 1))] = value
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(bytes(mutated))
    load_array.cache_clear()
    try:
        loaded = load(path)
    except CalibrateError:
        return
    assert all(array.dtype.kind in "biuf" for array in loaded.values())
