"""PyTorch models: exported programs (.pt2), TorchScript, and functions that build a module.

PyTorch is imported when such a model is read and not before.
"""

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import openvino as ov
from numpy.typing import NDArray

from calibrate.errors import CalibrateError
from calibrate.models.openvino_errors import error_reason

SUFFIXES = (".pt2", ".pt", ".pth", ".ts", ".torchscript")
"""Of exported programs and of TorchScript."""

Example = Callable[[], Sequence[NDArray[Any]]]
"""Gives a batch of one for each input, by which a module is traced."""


def read_pytorch(path: Path) -> ov.Model:
    """The model of an exported program or a TorchScript file.

    Dimensions that an exported program states are static, those that it names are open.

    Raises:
        CalibrateError: PyTorch is not installed, the file is of no such kind (weights alone, a
            pickled module), or an operation cannot be converted.
    """
    torch = _torch(str(path))
    try:
        if path.suffix == ".pt2":
            loaded = torch.export.load(path)
            shapes = _stated_shapes(loaded)
        else:
            shapes = []
            loaded = torch.jit.load(str(path), map_location="cpu").eval()
    except Exception as error:
        # Whatever an unpickler and an interpreter raise.
        raise CalibrateError(
            f"PyTorch cannot read it: {error_reason(error)}",
            where=str(path),
            hint="weights alone or a pickled module hold no graph: name the function that builds "
            "the module, `path: file.py:function`, and the file as model.weights",
        ) from error
    model = converted(loaded, str(path))
    return _with_stated(model, shapes)


def _stated_shapes(program: Any) -> list[ov.PartialShape]:  # noqa: ANN401  # torch's class
    """Shapes of the tensors that an exported program takes, open where it names a dimension."""
    names = set(program.graph_signature.user_inputs)
    places = [node for node in program.graph.nodes if node.op == "placeholder"]
    values = [node.meta.get("val") for node in places if node.name in names]
    return [
        ov.PartialShape([side if isinstance(side, int) else -1 for side in value.shape])
        for value in values
        if hasattr(value, "shape")
    ]


def _with_stated(model: ov.Model, shapes: Sequence[ov.PartialShape]) -> ov.Model:
    """The model with the shapes of its inputs, in place; OpenVINO's converter leaves all open."""
    if len(shapes) == len(model.inputs):
        model.reshape(dict(enumerate(shapes)))
    return model


def build_pytorch(
    reference: str,
    folder: Path,
    *,
    arguments: Mapping[str, Any],
    weights: Path | None,
    example: Example,
) -> ov.Model:
    """The model that a Python function gives.

    Args:
        reference: `package.module:function` or `file.py:function`; it gives a `torch.nn.Module`,
            an exported program, or an `ov.Model`.
        folder: what a file is relative to; modules beside it can be imported.
        arguments: of the function.
        weights: a state_dict (.pt, .pth, loaded as weights only; .safetensors) for the module.
        example: inputs for tracing.

    Raises:
        CalibrateError: the function cannot be found or fails, weights do not fit, or an operation
            cannot be converted.
    """
    torch = _torch(reference)
    function = _function(reference, folder)
    try:
        made = function(**arguments)
    except Exception as error:
        # Whatever the user's function raises is theirs to see.
        raise CalibrateError(
            f"the function fails: {type(error).__name__}: {error}",
            where=f"model.path: {reference}",
            hint="run it with Python to see the whole traceback; see model.arguments",
        ) from error
    if isinstance(made, ov.Model):
        return made
    if isinstance(made, torch.nn.Module):
        if weights is not None:
            _load_weights(torch, made, weights)
        made.eval()
        tensors = tuple(torch.from_numpy(array) for array in example())
        return converted(made, reference, tensors)
    return converted(made, reference)


def converted(model: object, where: str, example: Sequence[object] = ()) -> ov.Model:
    """What OpenVINO's converter makes of a PyTorch model.

    Raises:
        CalibrateError: with the operations that it cannot convert.
    """
    inputs: Any = example[0] if len(example) == 1 else tuple(example)
    try:
        return _typed(ov.convert_model(model, example_input=inputs if example else None))
    except Exception as error:
        # The converter raises whatever its frontends and the tracer raise.
        lines = [line.strip(" -") for line in str(error).splitlines() if line.strip()]
        missing = [line for line in lines if line.startswith("No conversion rule")]
        reason = (missing or lines or [type(error).__name__])[-1 if not missing else 0]
        raise CalibrateError(
            f"OpenVINO cannot convert the PyTorch model: {reason}",
            where=where,
            hint="replace the operation, or export to ONNX by torch.onnx.export and calibrate that",
        ) from error


def _typed(model: ov.Model) -> ov.Model:
    """Take inputs as float32 whose type nothing states, as in a scripted module; in place."""
    for node in model.get_parameters():
        if node.get_element_type().is_dynamic():
            node.set_element_type(ov.Type.f32)
    model.validate_nodes_and_infer_types()
    return model


def source_file(reference: str, folder: Path) -> Path | None:
    """The Python file of `package.module:function` or `file.py:function`, None if there is none."""
    name = reference.rpartition(":")[0]
    if name.endswith(".py"):
        path = folder / name
        return path if path.is_file() else None
    with _importable(folder):
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return None
    return Path(spec.origin) if spec is not None and spec.origin else None


class _importable:  # noqa: N801  # reads as a with-statement
    """Modules of a folder can be imported."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)

    def __enter__(self) -> None:
        sys.path.insert(0, self._folder)

    def __exit__(self, *_: object) -> None:
        sys.path.remove(self._folder)


def _function(reference: str, folder: Path) -> Callable[..., object]:
    module_name, _, name = reference.rpartition(":")
    where = f"model.path: {reference}"
    path = source_file(reference, folder)
    if path is None:
        raise CalibrateError(f"there is no module {module_name}", where, f"looked in {folder} too")
    with _importable(folder):
        try:
            module = _module(module_name, path)
        except Exception as error:
            # Whatever the user's module raises is theirs to see.
            raise CalibrateError(
                f"the module fails when it is imported: {type(error).__name__}: {error}", where
            ) from error
    function = getattr(module, name, None)
    if not callable(function):
        raise CalibrateError(f"{path} has no function {name}", where)
    return function  # type: ignore[no-any-return]  # what a user's function gives is looked at


def _module(name: str, path: Path) -> ModuleType:
    if not name.endswith(".py"):
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(f"calibrate_model_{path.stem}", path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018  # it ends in .py
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _load_weights(torch: ModuleType, module: Any, path: Path) -> None:  # noqa: ANN401  # a module
    try:
        if path.suffix == ".safetensors":
            state = importlib.import_module("safetensors.torch").load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
        module.load_state_dict(state.get("state_dict", state))
    except Exception as error:
        # Unpicklers, missing files, missing keys and wrong shapes, each with an error of its own.
        raise CalibrateError(
            f"the weights cannot be loaded: {error_reason(error)}",
            where=f"model.weights: {path}",
            hint="a state_dict of this module is needed, saved by torch.save or as .safetensors",
        ) from error


def _torch(where: str) -> ModuleType:
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise CalibrateError(
            "PyTorch is needed to read it", where, "pip install 'openvino-calibrate[torch]'"
        ) from error
