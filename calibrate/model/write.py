"""Write an IR whole or not at all."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import openvino as ov

from calibrate.errors import CalibrateError


def write_model(model: ov.Model, path: Path) -> None:
    """Write `path` (.xml) and the .bin beside it; only a whole new pair replaces an older one.

    Constants keep their types: FP32 layers are not stored as FP16.

    Raises:
        CalibrateError: the folder cannot be written or the disk is full; nothing is left behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}-", dir=path.parent))
    except OSError as error:
        raise _cannot(path, error) from error
    try:
        beside = folder / path.name
        ov.save_model(model, beside, compress_to_fp16=False)
        for file in (beside.with_suffix(".bin"), beside):
            with file.open("rb") as written:
                os.fsync(written.fileno())
        # The .xml last: a reader that finds it finds its weights.
        beside.with_suffix(".bin").replace(path.with_suffix(".bin"))
        beside.replace(path)
    except (OSError, RuntimeError) as error:
        raise _cannot(path, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_text(text: str, path: Path) -> None:
    """Write a text file whole or not at all.

    Raises:
        CalibrateError: the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.stem}-", delete=False
        ) as beside:
            beside.write(text)
            beside.flush()
            os.fsync(beside.fileno())
        Path(beside.name).replace(path)
    except OSError as error:
        raise _cannot(path, error) from error


def digest_files(path: Path) -> str:
    """Sha256 over a model's files: an .xml with its .bin, a folder with all it holds, one file."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
    elif path.suffix == ".xml":
        files = [path, path.with_suffix(".bin")]
    else:
        files = [path]
    joined = hashlib.sha256()
    for file in files:
        with file.open("rb") as data:
            joined.update(hashlib.file_digest(data, "sha256").digest())
    return joined.hexdigest()


def _cannot(path: Path, error: Exception) -> CalibrateError:
    reason = getattr(error, "strerror", None) or str(error).strip().splitlines()[-1]
    return CalibrateError(
        f"the result cannot be written: {reason}",
        where=str(path),
        hint="free space or choose another output.dir",
    )
