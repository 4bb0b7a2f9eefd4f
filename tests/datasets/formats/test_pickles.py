"""Pickles are read as data; whatever they name is not run."""

import pickle
import pickletools
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibrate.datasets.formats.pickles import load_plain
from calibrate.errors import CalibrateError

ARRAY = np.arange(12, dtype=np.uint8).reshape(3, 4)
PYTHON_2 = (
    b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\n"
    b"q\x04K\x00\x85U\x01b\x87Rq\x05(K\x01K\x03K\x04\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01"
    b"\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x0c"
    b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0btbU\x06labelsq\x08]q\x09(K\x07K\x08eu."
)


def test_python_2():
    plain = load_plain(PYTHON_2, "test_batch")
    assert plain[b"labels"] == [7, 8]
    np.testing.assert_array_equal(plain[b"data"], ARRAY)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "array",
    [ARRAY, np.asfortranarray(ARRAY), ARRAY.astype(">f4"), ARRAY.astype(np.int64), ARRAY[:0]],
    ids=["c", "fortran", "big-endian", "int64", "empty"],
)
def test_arrays(protocol, array):
    content = {"data": array, "labels": [1, 2], "more": ("x", b"y", 1.5, None, True)}
    plain = load_plain(pickle.dumps(content, protocol), "x")
    plain = {k.decode() if isinstance(k, bytes) else k: v for k, v in plain.items()}
    np.testing.assert_array_equal(plain["data"], array)
    assert plain["data"].dtype == array.dtype
    assert plain["labels"] == [1, 2]


class Evil:
    def __reduce__(self):
        return exec, ("raise SystemExit",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pickle.dumps(Evil()), "it names builtins.exec, which is never run"),
        (b"cos\nsystem\n(S'true'\ntR.", "it names os.system"),
        (b"cnumpy.testing._private.utils\nrunstring\n.", "it names numpy.testing"),
        (b"", "Ran out of input"),
        (PYTHON_2[:60], "cannot be read"),
        (b"\x80\x02cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R.", "arrays of 'O8' are not read"),
        (b"}" * 10 + b"(" * 10, "cannot be read"),
        (b"j\xff\xff\xff\xff.", "cannot be read"),
        (pickle.dumps(np.array([{}], object)), "cannot be read"),
        (pickle.dumps(np.array(["a"])), "arrays of 'U1' are not read"),
    ],
)
def test_refused(data, message):
    with pytest.raises(CalibrateError, match=message) as caught:
        load_plain(data, "test_batch")
    assert caught.value.where == "test_batch"


@given(
    st.binary(max_size=200)
    | st.tuples(st.integers(0, len(PYTHON_2) - 1), st.binary(max_size=4)).map(
        lambda cut: PYTHON_2[: cut[0]] + cut[1] + PYTHON_2[cut[0] + len(cut[1]) :]
    )
    | st.lists(st.sampled_from([op.code.encode("latin-1") for op in pickletools.opcodes])).map(
        b"".join
    )
)
def test_any_bytes_are_read_or_refused(data):
    # Anything but a content or a CalibrateError fails this test.
    with suppress(CalibrateError):
        load_plain(data, "x")
