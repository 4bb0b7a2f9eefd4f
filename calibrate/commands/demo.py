"""Copy the built-in sample to a folder: a small network, 1000 labelled digits and a config."""

import shutil
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from calibrate.errors import CalibrateError

CONFIG = Path("configs", "quickstart.yaml")
FILES = (
    CONFIG,
    Path("configs", "models", "digits_mobilenet.onnx"),
    Path("datasets", "digits.yaml"),
    Path("datasets", "digits", "digits.npz"),
)


def copy_sample(folder: Path) -> Path:
    """Copy the sample to a folder; existing files are kept.

    Args:
        folder: created if missing.

    Returns:
        The path of the copied config.

    Raises:
        CalibrateError: the folder cannot be written to.
    """
    source = _sample()
    for name in FILES:
        target = folder / name
        if target.exists():
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with as_file(source.joinpath(*name.parts)) as path:
                part = target.with_name(f".{target.name}.part")
                shutil.copyfile(path, part)
                part.replace(target)
        except OSError as error:
            raise CalibrateError(
                f"the sample cannot be copied: {error.strerror}",
                where=str(target),
                hint="name another folder: `calibrate demo --output-dir FOLDER`",
            ) from error
    return folder / CONFIG


def _sample() -> Traversable:
    """Return the folder of the sample: in the installed package, else the repository."""
    package = files("calibrate")
    installed = package / "demo"
    if installed.joinpath(*CONFIG.parts).is_file():
        return installed
    repository = Path(str(package)).parent
    if (repository / CONFIG).is_file():
        return repository
    raise CalibrateError(
        "this installation does not hold the sample",
        where=str(package),
        hint="install openvino-calibrate from a wheel or from a checkout of the repository",
    )
