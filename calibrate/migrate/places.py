"""Where the source's relative paths lead: below folders that its tool takes from elsewhere."""

from dataclasses import dataclass
from pathlib import PurePath

DATA, MODELS = "DATA_DIR", "MODELS_DIR"


class Expanding(str):
    """A text in which `${VAR:-default}` stands for a variable; others are literal."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that the Accuracy Checker gets by `-s`, `-m`, or from the environment.

    Attributes:
        source: of datasets, as a written path, or None: `DATA_DIR` of the environment.
        models: of models, likewise; `MODELS_DIR`.
    """

    source: str | None = None
    models: str | None = None

    def data(self, path: object) -> str:
        """A path of the dataset as our config has it."""
        return _below(self.source, DATA, str(path))

    def model(self, path: object) -> str:
        """A path of the model as our config has it."""
        return _below(self.models, MODELS, str(path))


def parent(path: str, levels: int = 1) -> str:
    """The folder so many levels above a path, of its kind."""
    above = str(PurePath(path))
    for _ in range(levels):
        above = str(PurePath(above).parent)
    return Expanding(above) if isinstance(path, Expanding) else above


def _below(folder: str | None, variable: str, path: str) -> str:
    if PurePath(path).is_absolute() or path.startswith("~"):
        return path
    if folder is not None:
        return str(PurePath(folder) / path)
    return Expanding(f"${{{variable}:-.}}/{escaped(str(PurePath(path)))}")


def escaped(text: str) -> str:
    """A text in which `${` is no variable."""
    return text.replace("${", "$${")
