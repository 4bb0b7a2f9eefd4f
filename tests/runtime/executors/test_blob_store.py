import hashlib
import os

import pytest

from calibrate.errors import CalibrateError
from calibrate.runtime.executors.blob_store import BlobStore, file_digest

CONTENT = b"a model's weights" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def received(store, content=CONTENT, digest=DIGEST, size=4096):
    for offset in range(0, len(content), size):
        store.append(digest, offset, content[offset : offset + size])
    store.commit(digest)


def test_a_file_arrives_in_parts(tmp_path):
    store = BlobStore(tmp_path / "files")
    assert store.missing([DIGEST]) == (DIGEST,)
    received(store)
    assert store.missing([DIGEST]) == ()
    store.place(DIGEST, tmp_path / "run" / "model.bin")
    assert (tmp_path / "run" / "model.bin").read_bytes() == CONTENT
    assert file_digest(tmp_path / "run" / "model.bin") == DIGEST


def test_a_wrong_digest_is_refused_and_removed(tmp_path):
    store = BlobStore(tmp_path)
    with pytest.raises(CalibrateError, match="instead of"):
        received(store, CONTENT[:-1] + b"x")
    assert store.missing([DIGEST]) == (DIGEST,)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_part_is_refused(tmp_path):
    store = BlobStore(tmp_path)
    store.append(DIGEST, 0, CONTENT[:10])
    with pytest.raises(CalibrateError, match="before byte 20 is missing"):
        store.append(DIGEST, 20, CONTENT[20:])


def test_a_transfer_that_starts_again_begins_anew(tmp_path):
    store = BlobStore(tmp_path)
    store.append(DIGEST, 0, CONTENT[:100])
    received(store)
    assert store.missing([DIGEST]) == ()


def test_the_oldest_files_go_first(tmp_path):
    store = BlobStore(tmp_path, most=2500)
    digests = []
    for number in range(4):
        content = bytes([number]) * 1000
        digest = hashlib.sha256(content).hexdigest()
        received(store, content, digest)
        os.utime(tmp_path / digest, (1e9 + number, 1e9 + number))
        digests.append(digest)
    store.tidy()
    assert store.missing(digests) == tuple(digests[:2])
    with pytest.raises(KeyError):
        store.place(digests[0], tmp_path / "x")
