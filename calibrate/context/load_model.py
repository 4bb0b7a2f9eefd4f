"""Read a model from an untrusted file."""

import os
from pathlib import Path

import openvino as ov

from calibrate.models.model_files import digest_files
from calibrate.models.read import check_files, read_model
from calibrate.models.readers.registry import reader_for
from calibrate.models.sandboxed_load import try_model
from calibrate.runtime.thread_limit import require_threads
from calibrate.store.machine_cache import MachineCache, cache_folder


def load_untrusted_model(path: Path) -> ov.Model:
    """Read a model after another process has read, compiled and run it without a crash.

    This takes about a second, so tried files are recorded in the user's cache folder, with
    OpenVINO's version.

    Raises:
        CalibrateError: the file is missing, broken, or crashes OpenVINO; or the system starts too
            few threads for it.
    """
    require_threads()
    check_files(path)
    if reader_for(path) is not None:
        return read_model(path)  # its package executes code in the file; see docs/config.md
    # Without a cache the file is tried each time; no note is needed.
    tried = MachineCache(cache_folder(os.environ), note=lambda _: None)
    depends = {"file": digest_files(path), "openvino": ov.__version__}
    if not tried.recall("tried", depends):
        try_model(path)
        tried.record("tried", depends, {"tried": True})
    return read_model(path)
