"""What the result of a run rests on, told without decoding anything."""

import os
from collections.abc import Iterator
from pathlib import Path

from calibrate.config.resolved import Resolved
from calibrate.context.cache_keys import arithmetic_facts, digest_of, machine_facts
from calibrate.errors import CalibrateError
from calibrate.models.write import digest_files


def input_digest(resolved: Resolved) -> str:
    """Digest of config, model, versions and machine, and of names, sizes and dates of the data.

    Not of the images' contents, which would take as long as decoding them: whoever finds another
    digest runs again, and finds most of it in the journal if only dates have changed.

    Raises:
        CalibrateError: a file cannot be read.
    """
    config = resolved.config
    places = [str(config.model.path), str(config.output.dir)]
    try:
        model = digest_files(config.model.path)
        data = [line for source in resolved.adapter.sources() for line in _listed(source)]
    except OSError as error:
        raise CalibrateError(
            f"cannot be read: {error.strerror}", where=str(error.filename or config.model.path)
        ) from error
    facts = {**arithmetic_facts(), **machine_facts()}
    return digest_of([resolved.digest, model, *places, *facts.values(), *data])


def _listed(source: Path) -> Iterator[str]:
    """A line a file."""
    if not source.is_dir():
        yield _line(source)
        return
    for folder, folders, files in os.walk(source):
        folders.sort()
        for name in sorted(files):
            yield _line(Path(folder) / name)


def _line(file: Path) -> str:
    found = file.stat()
    return f"{file} {found.st_size} {found.st_mtime_ns}"
