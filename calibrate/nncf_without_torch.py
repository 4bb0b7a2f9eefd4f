"""Import NNCF without PyTorch, which it loads wherever it is installed.

Quantizing OpenVINO models needs none of it: without, NNCF's import takes a quarter of the time and
a third of the memory. `install` acts on the first import of NNCF; PyTorch itself stays importable
before and after, and NNCF still recognizes models and tensors of PyTorch. NNCF's import also asks
for a home folder; a user who has none gets that of temporary files for as long as it takes.
"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any

# What is imported here delays every command, and Ctrl-C meanwhile shows a traceback of Python.
if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder

    class _Finder(MetaPathFinder, Loader):
        """The interface that the import system expects."""
else:
    _Finder = object

_NNCF, _TORCH = "nncf", "torch"
_BACKENDS = "nncf.common.utils.backend"
_CHECKS = {"is_torch_model": _TORCH, "is_torch_fx_model": _TORCH, "is_onnx_model": "onnx"}
"""NNCF's checks of a model's framework, by the package that each of them imports."""


_TENSORS = "nncf.tensor.functions"
_OF_TORCH = ("torch_io", "torch_linalg", "torch_numeric")
"""NNCF's modules that make its functions take tensors of PyTorch."""


def install() -> None:
    """Make the first import of NNCF leave PyTorch out, unless either is loaded already."""
    if _NNCF not in sys.modules:
        sys.meta_path.insert(0, _Once(_NNCF, _import_nncf))


class _Once(_Finder):
    """Runs the first import of a package in another way, and leaves the import system as it was.

    Args:
        package: its name.
        run: is given a function that executes the package.
    """

    def __init__(self, package: str, run: Callable[[Callable[[], None]], None]) -> None:
        self._package, self._run = package, run
        self._loader: Loader | None = None

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See `MetaPathFinder`."""
        if name != self._package:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            self._loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """See `Loader`."""
        return self._loader.create_module(spec) if self._loader else None

    def exec_module(self, module: ModuleType) -> None:
        """See `Loader`."""
        loader = self._loader
        if loader is None or module.__spec__ is None:
            raise ImportError(f"{self._package} was not found by this finder")
        # Not in `find_spec`: whoever asks only whether the package is there must not end this.
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        module.__spec__.loader = module.__loader__ = loader
        self._run(lambda: loader.exec_module(module))


def _import_nncf(execute: Callable[[], None]) -> None:
    """Execute NNCF while PyTorch cannot be imported and there is a home folder."""
    from pathlib import Path  # noqa: PLC0415  # see above
    from tempfile import gettempdir  # noqa: PLC0415  # see above

    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = gettempdir()
        try:
            _without_torch(execute)
        finally:
            del os.environ["HOME"]
    else:
        _without_torch(execute)


def _without_torch(execute: Callable[[], None]) -> None:
    if _TORCH in sys.modules:
        execute()
        return
    # None makes the import system refuse the import.
    sys.modules[_TORCH] = None  # type: ignore[assignment]  # typeshed knows modules only
    try:
        execute()
    finally:
        del sys.modules[_TORCH]
    backends = sys.modules[_BACKENDS]
    for check, package in _CHECKS.items():
        setattr(backends, check, _if_loaded(getattr(backends, check), package))
    sys.meta_path.insert(0, _Once(_TORCH, _import_torch))


def _import_torch(execute: Callable[[], None]) -> None:
    """Execute PyTorch, then load what NNCF has for it."""
    execute()
    for name in _OF_TORCH:
        importlib.import_module(f"{_TENSORS}.{name}")


def _if_loaded(check: Callable[[Any], bool], package: str) -> Callable[[Any], bool]:
    """Return a check that loads no package: nothing is an instance of a class never defined."""
    return lambda model: sys.modules.get(package) is not None and check(model)
