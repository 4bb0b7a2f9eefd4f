import os
from pathlib import Path

import pytest

from calibrate.core.regular_file import read_regular


def test_a_file_up_to_the_bound(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert read_regular(tmp_path / "file", 3) == b"abc"
    with pytest.raises(OSError, match="larger than 0 MiB"):
        read_regular(tmp_path / "file", 2)


def test_what_is_no_regular_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(OSError, match="a pipe or a device"):
            read_regular(path, 9)
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path, 9)
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "nothing", 9)
