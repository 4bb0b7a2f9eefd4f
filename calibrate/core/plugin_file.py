"""Load a component from a Python file of the user."""

import hashlib
import importlib
import importlib.util
import sys
from pathlib import Path

from calibrate.core.component import Component
from calibrate.core.plugin_guard import guarded
from calibrate.errors import CalibrateError, PluginError


def component_of_file(name: str, folder: Path) -> type[Component]:
    """Import a file and return its component.

    Args:
        name: `file.py:Name`.
        folder: that a relative file refers to.

    Raises:
        CalibrateError: there is no such file, or it has no such component.
        PluginError: the file fails when it is imported; the cause is chained.
    """
    file_name, _, class_name = name.rpartition(":")
    try:
        path = (folder / Path(file_name).expanduser()).resolve()
        exists = path.is_file()
    except (OSError, RuntimeError) as error:
        raise CalibrateError(f"'{file_name}' names no file: {error}") from error
    if not exists:
        raise CalibrateError(f"there is no file {path}", hint="the path is relative to the YAML")
    # The digest distinguishes files of the same name, and versions of an edited file.
    digest = hashlib.sha256(str(path).encode() + path.read_bytes()).hexdigest()[:12]
    module_name = f"calibrate_plugin_{path.stem}_{digest}"
    if module_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(module_name, path)
        if spec is None or spec.loader is None:
            raise CalibrateError(f"{path} is not a Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            # Any exception of a user's file is reported to the user with the file's name.
            del sys.modules[module_name]
            raise PluginError(
                f"the file fails when it is imported: {type(error).__name__}: {error}",
                where=str(path),
                hint="run it with python to see the whole traceback",
            ) from error
    return checked_component(getattr(sys.modules[module_name], class_name, None), name)


def checked_component(component: object, name: str) -> type[Component]:
    """Return a component's class; a user's class names itself in the exceptions that it raises.

    Raises:
        CalibrateError: it is not a class derived from `Component`.
    """
    if not (isinstance(component, type) and issubclass(component, Component)):
        raise CalibrateError(
            f"'{name}' is not a class derived from calibrate.Component",
            hint="see 'Bring your own' in the README",
        )
    return component if component.__module__.startswith("calibrate.") else guarded(component)
