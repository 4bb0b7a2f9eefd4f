import numpy as np
import pytest

from calibrate.store.serialization import pack, unpack


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.5, np.nan, -np.inf, -0.0]),
        np.arange(6, dtype=np.int64).reshape(2, 3),
        np.zeros((0, 4), np.float32),
        np.array(3, np.uint8),
        np.array(["a", "ü"]),
        np.arange(6, dtype=np.float16).reshape(2, 3).T,
        np.array([True, False]),
    ],
)
def test_an_array_comes_back_bit_by_bit(array):
    result = unpack(pack({"a": [{"b": array}]}))["a"][0]["b"]
    assert result.dtype == array.dtype
    assert result.shape == array.shape
    assert result.tobytes() == np.ascontiguousarray(array).tobytes()


def test_json_values_come_back():
    content = {"text": "ü", "numbers": [1, 2.5, None, True], "empty": {}, "inner": {"a": [[]]}}
    assert unpack(pack(content)) == content


def test_floats_come_back_exactly():
    values = [0.1, 1e-320, 1 / 3]
    assert unpack(pack({"values": values}))["values"] == values


def test_objects_are_refused():
    with pytest.raises(ValueError, match="Object arrays"):
        pack({"a": np.array([object()])})


@pytest.mark.parametrize("data", [b"", b"1234567", b"\x00" * 8, b"\x00" * 7 + b"\x09[]"])
def test_other_bytes_are_no_record(data):
    with pytest.raises((ValueError, TypeError)):
        unpack(data)
