"""Which files a model consists of, and the digest of all of them."""

import hashlib
import mmap
import re
from pathlib import Path

_DATA = re.compile(rb"<data\s[^>]*>")
_OFFSET, _SIZE = (re.compile(rb'\s%s="(\d+)"' % name) for name in (b"offset", b"size"))
"""Where the bytes of a constant begin in an IR's .bin, and how many they are."""
_EXTERNAL = re.compile(rb"\x0a\x08location\x12([\x01-\x7f]|[\x80-\xff][\x01-\x07])", re.DOTALL)
"""`StringStringEntryProto(key="location", value=...)` up to the length of the value, a varint."""
_BESIDE = {".xml": (".bin",), ".pdmodel": (".pdiparams",), ".json": (".pdiparams",)}
"""Suffixes of the weights that OpenVINO reads with a file, by its own suffix."""


def model_files(path: Path) -> tuple[Path, ...]:
    """The files of a model: the file itself first, then those that hold its weights.

    An .xml with its .bin, an ONNX file with the files of its external data, a PaddlePaddle model
    with its .pdiparams, a folder with all it holds.

    Raises:
        OSError: the file cannot be read.
    """
    if path.is_dir():
        return tuple(sorted(file for file in path.rglob("*") if file.is_file()))
    if path.suffix == ".onnx":
        return (path, *_external_data(path))
    beside = (path.with_suffix(suffix) for suffix in _BESIDE.get(path.suffix, ()))
    optional = path.suffix != ".xml"
    return (path, *(file for file in beside if not optional or file.is_file()))


def digest_files(path: Path) -> str:
    """Sha256 over the contents of all files of a model, whatever their names.

    Raises:
        OSError: a file cannot be read, or is not there.
    """
    joined = hashlib.sha256()
    for file in model_files(path):
        with file.open("rb") as data:
            joined.update(hashlib.file_digest(data, "sha256").digest())
    return joined.hexdigest()


def surplus_bytes(path: Path) -> int:
    """Count bytes at the end of an IR's .bin that no constant of its .xml names.

    Args:
        path: an .xml that OpenVINO reads; models of other formats have none.

    Raises:
        OSError: a file cannot be read.
    """
    if path.suffix != ".xml":
        return 0
    # OpenVINO reads texts that are not well-formed XML too, so no parser is used.
    ends = [
        int(offset[1]) + int(size[1])
        for element in _DATA.findall(path.read_bytes())
        if (offset := _OFFSET.search(element)) and (size := _SIZE.search(element))
    ]
    return max(0, path.with_suffix(".bin").stat().st_size - max(ends, default=0))


def _external_data(path: Path) -> list[Path]:
    """Files below the model's folder that tensors of an ONNX file name as their data.

    The bytes of the field are looked for instead of the whole protobuf being read; what is found
    by chance besides names no file.
    """
    with path.open("rb") as stream:
        if path.stat().st_size == 0:
            return []
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            names = {_value(data, match) for match in _EXTERNAL.finditer(data)}
    folder = path.parent.resolve()
    places = []
    for name in sorted(names):
        try:
            place = (folder / name.decode()).resolve()
            if place.is_relative_to(folder) and place.is_file():
                places.append(place)
        except (UnicodeDecodeError, ValueError, OSError, RuntimeError):
            continue  # found by chance: no name; or links in a circle
    return places


def _value(data: mmap.mmap, match: "re.Match[bytes]") -> bytes:
    low, *high = match[1]
    length = (low & 0x7F) + (high[0] << 7 if high else 0)
    return data[match.end() : match.end() + length]
