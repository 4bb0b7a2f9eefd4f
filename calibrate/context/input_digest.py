"""Digest the files and settings that a result depends on, without decoding any sample."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from calibrate.config.resolved import Resolved
from calibrate.context.cache_keys import (
    arithmetic_facts,
    component_digest,
    digest_of,
    machine_facts,
    parameters_digest,
)
from calibrate.context.load_source import digest_source
from calibrate.errors import CalibrateError


def input_digest(resolved: Resolved) -> str:
    """Return the digest of config, model, versions, machine, and names, sizes, dates of the data.

    Files that components read (label maps, priors, tokenizers) and weights beside the model count
    by their content, and so do files that the dataset names (annotations, arrays); files in its
    folders count by size and date alone: reading images would take as long as decoding. With
    another digest a run is repeated; if only dates have changed, it recalls most measurements from
    the journal. Paths count relative to the config, so a project may be moved.

    Raises:
        CalibrateError: a file cannot be read.
    """
    config = resolved.config
    folder = resolved.path.absolute().parent
    components = (*resolved.steps, resolved.decoder, *(m.metric for m in resolved.metrics))
    try:
        model = digest_source(config.model)
        files = [component_digest(component) for component in components]
        adapters = [resolved.adapter, resolved.calibration_adapter]
        given = [adapter for adapter in adapters if adapter is not None]
        files += [parameters_digest(adapter) for adapter in given if isinstance(adapter, BaseModel)]
        sources = [source for adapter in given for source in adapter.sources()]
        data = [line for source in sources for line in _listed(source, folder)]
    except OSError as error:
        raise CalibrateError(
            f"cannot be read: {error.strerror}", where=str(error.filename or config.model.path)
        ) from error
    facts = {**arithmetic_facts(), **machine_facts()}
    places = [os.path.relpath(place, folder) for place in (config.model.path, config.output.dir)]
    return digest_of([resolved.digest, model, *places, *facts.values(), *files, *data])


def _listed(source: Path, base: Path) -> Iterator[str]:
    """Yield one line for each file."""
    if not source.is_dir():
        with source.open("rb") as data:
            content = hashlib.file_digest(data, "sha256").hexdigest()
        yield f"{os.path.relpath(source, base)} {content}"
        return
    for folder, folders, files in os.walk(source):
        folders.sort()
        for name in sorted(files):
            yield _line(Path(folder) / name, base)


def _line(file: Path, base: Path) -> str:
    status = file.stat()
    return f"{os.path.relpath(file, base)} {status.st_size} {status.st_mtime_ns}"
