"""Read a model file: what OpenVINO reads itself, or by a reader of its format."""

from pathlib import Path

import openvino as ov

from calibrate.errors import CalibrateError
from calibrate.models.bodies import all_operations, bodies_of
from calibrate.models.names import number_names, own_names, unreadable_name
from calibrate.models.openvino_errors import error_reason, unconverted_operations
from calibrate.models.readers.registry import read_suffixes, reader_for

SUFFIXES = (".xml", ".onnx", ".tflite", ".pdmodel", ".pb", ".json")
"""What `Core.read_model` recognises; a TensorFlow saved model is a folder."""


def read_model(path: Path) -> ov.Model:
    """The model as its file holds it, nothing simplified.

    Raises:
        CalibrateError: there is no such file, an IR has no weights beside it, the file is
            damaged or of a kind that OpenVINO does not read, or a name in it is no text.
    """
    check_files(path)
    reader = reader_for(path)
    if reader is not None:
        return checked(reader(path), path)
    try:
        model = ov.Core().read_model(path)
    except (RuntimeError, UnicodeDecodeError) as error:
        unconverted = unconverted_operations(error)
        if unconverted is not None:
            raise CalibrateError(
                f"OpenVINO cannot convert {unconverted[0]}: {unconverted[1]}",
                where=str(path),
                hint="export the model with other operations or another opset, or convert it with "
                "an extension of OpenVINO and give the IR",
            ) from error
        raise CalibrateError(
            f"OpenVINO cannot read it: {error_reason(error)}",
            where=str(path),
            hint="is the file complete? export it again, or open it with benchmark_app to compare",
        ) from error
    return checked(model, path)


def checked(model: ov.Model, path: Path) -> ov.Model:
    """A model that was just read, with names that are the same in every process.

    Raises:
        CalibrateError: a name in it is no text.
    """
    unreadable = unreadable_name(model)
    if unreadable is not None:
        raise CalibrateError(
            f"a name in it is no text in UTF-8: '{unreadable}'",
            where=str(path),
            hint="is the file damaged? export it again",
        )
    if path.suffix != ".xml":
        for each in (model, *(body for op in all_operations(model) for body in bodies_of(op))):
            number_names(each, own_names(each))
    return model


def check_files(path: Path) -> None:
    """See that what a model consists of is there.

    Raises:
        CalibrateError: it is not, or is no kind of model file that is read.
    """
    if not path.exists():
        raise CalibrateError("there is no such model", where=str(path))
    if path.is_dir():
        if not (path / "saved_model.pb").is_file():
            raise CalibrateError(
                "a folder is read as a TensorFlow saved model, and this one has no saved_model.pb",
                where=str(path),
            )
        return
    if not path.is_file():
        raise CalibrateError("this is a pipe or a device, not a model file", where=str(path))
    known = (*SUFFIXES, *read_suffixes())
    if path.suffix.lower() in (".yaml", ".yml"):
        raise CalibrateError(
            "this is a config, not a model",
            where=str(path),
            hint=f"`calibrate run {path.name}` calibrates the model that it names",
        )
    if path.suffix not in known:
        raise CalibrateError(
            f"'{path.suffix}' is no model file that is read here",
            where=str(path),
            hint=f"known: {', '.join(known)}; convert others with ovc",
        )
    if path.stat().st_size == 0:
        raise CalibrateError("the file is empty", where=str(path), hint="export the model again")
    if path.suffix == ".xml" and not path.with_suffix(".bin").is_file():
        raise CalibrateError(
            f"the weights {path.with_suffix('.bin').name} are missing beside the .xml",
            where=str(path),
            hint="an OpenVINO IR is two files; copy both",
        )
