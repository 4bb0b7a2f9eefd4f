"""Metrics from Python functions: per sample, or in the form of NNCF's accuracy control."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr

from calibrate.commands.from_python.function_parts import function_parts
from calibrate.core.annotation import ValueTarget
from calibrate.core.component import Component, Evidence, Target, Unit
from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.sample import Facts
from calibrate.errors import PluginError

SampleMetric = Callable[[Mapping[str, NDArray[Any]], Any], float]
"""Outputs by name, without the batch dimension, and the sample's target -> its score."""

ValidationFunction = Callable[[Any, Any], float | tuple[float, Any]]
"""NNCF's form: a compiled model and an iterable of data -> the metric (and values per item)."""


class FunctionMetric(Component):
    """The mean of a function's score over samples; higher is better."""

    higher_is_better: ClassVar[bool] = True
    is_mean: ClassVar[bool] = True
    bounds: ClassVar[tuple[float, float]] = (-np.inf, np.inf)
    unit: ClassVar[Unit] = ""
    reference: ClassVar[Literal["annotation", "fp32"]] = "annotation"

    name: str
    """The function's name."""
    digest: str
    """Digest of the function's code and of the targets."""
    _score: SampleMetric = PrivateAttr()
    _targets: Sequence[Any] = PrivateAttr()

    @classmethod
    def of(cls, function: SampleMetric, targets: Sequence[Any], name: str) -> "FunctionMetric":
        """Return a metric of a function and the targets of all samples, looked up by index."""
        metric = cls(name=name, digest=_digest(function, targets))
        metric._score, metric._targets = function, targets  # private fields
        return metric

    @property
    def label(self) -> str:
        """The function's name."""
        return self.name

    def score(self, prediction: Prediction, target: Target, facts: Facts) -> Evidence:
        """Return [1], the function's score of the sample.

        Raises:
            PluginError: the function raises, or gives no finite number.
        """
        outputs = cast("RawOutputs", prediction).outputs
        index = int(cast("ValueTarget", target).values[0])
        where = f"sample {facts.id}"
        try:
            value = float(self._score(outputs, self._targets[index]))
        except Exception as error:
            # Show the user their function's exception, with the sample.
            raise PluginError(
                f"{self.name} fails: {type(error).__name__}: {error}", where=where
            ) from error
        if not np.isfinite(value):
            raise PluginError(f"{self.name} gives {value}", where=where)
        return np.array([value], np.float64)

    def aggregate(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the mean of each set."""
        values = np.concatenate([cast("NDArray[np.float64]", entry) for entry in evidence])
        with np.errstate(invalid="ignore", divide="ignore"):
            means: NDArray[np.float64] = (counts @ values) / counts.sum(axis=1)
        return means


@dataclass(frozen=True, slots=True)
class StoredOutput:
    """An output port of a model whose outputs are stored."""

    index: int
    any_name: str


class StoredModel:
    """Replaces a compiled model in a validation function: returns one sample's outputs."""

    def __init__(self, outputs: Mapping[str, NDArray[Any]]) -> None:
        """Store outputs by name, without the batch dimension."""
        self.outputs = [StoredOutput(index, name) for index, name in enumerate(outputs)]
        self._values = [np.asarray(value)[np.newaxis] for value in outputs.values()]

    def output(self, key: int | str = 0) -> StoredOutput:
        """Return a port by index or name."""
        return self.outputs[self._index(key)]

    def __call__(self, *_: object, **__: object) -> "StoredModel":
        """Return the current sample's outputs, for any inputs."""
        return self

    def __getitem__(self, key: int | str | StoredOutput) -> NDArray[Any]:
        return self._values[key.index if isinstance(key, StoredOutput) else self._index(key)]

    def values(self) -> Sequence[NDArray[Any]]:
        """Return all outputs, in the model's order."""
        return self._values

    def _index(self, key: int | str) -> int:
        if isinstance(key, int):
            return key
        return [port.any_name for port in self.outputs].index(key)


def per_sample(function: ValidationFunction) -> SampleMetric:
    """Convert a validation function in NNCF's form to a metric of one sample.

    It is called once a sample with that sample alone, so its value has to be a mean over samples.
    The target is the element of the data: (inputs with a batch of one, target).
    """

    def score(outputs: Mapping[str, NDArray[Any]], element: object) -> float:
        result = function(StoredModel(outputs), [element])
        return float(result[0] if isinstance(result, tuple) else result)

    return score


def _digest(function: object, targets: Sequence[Any]) -> str:
    hashed = hashlib.sha256()
    for part in function_parts((function, *targets)):
        hashed.update(f"{len(part)}:".encode() + part)
    return hashed.hexdigest()
