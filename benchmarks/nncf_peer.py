"""NNCF's accuracy control and tuner as peers: judged by this tool's decoders and metrics.

    python benchmarks/nncf_peer.py question.json folder

As a script it answers one question of `vs_nncf.py` or `recipes.py`, so that what fails or takes
too long ends no other row: it writes `answer.json` and `model.xml` into the folder.
"""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal
from unittest.mock import patch

import nncf
import numpy as np
import openvino as ov
from nncf.openvino.quantization.backend_parameters import BackendParameters
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters
from nncf.quantization.algorithms.accuracy_control.evaluator import Evaluator
from nncf.quantization.algorithms.bias_correction.algorithm import BiasCorrection
from nncf.quantization.quantize_model import quantize_with_tune_hyperparams
from numpy.typing import NDArray
from world import World, load_one_metric, with_images

from calibrate.core.component import Evidence
from calibrate.errors import CalibrateError
from calibrate.evaluation.reference import Reference
from calibrate.quantization.nncf_backend import silence_nncf
from calibrate.runtime.inference import output_names, rows


class Validation:
    """What NNCF calls to judge a model: one number, higher is better, and one for each image.

    Inference is one image at a time, as in NNCF's examples: NNCF compiles for latency.

    Args:
        model: the prepared FP32 model, whose outputs have the names that the decoder knows.
        reference: images, decoder and metrics; FP32's predictions where the first metric
            compares with them.
        indices: of the images.

    Attributes:
        feeds: the inputs of the images; NNCF's calibration and validation data.
        compilations: models that were judged.
        inferences: images of all of them.
    """

    def __init__(self, model: ov.Model, reference: Reference, indices: Sequence[int]) -> None:
        batch = int(model.inputs[0].get_partial_shape()[0].get_length())
        self.feeds = [reference.tensors.feed([index], batch) for index in indices]
        self.compilations = 0
        self.inferences = 0
        self._names = output_names(model)
        self._rows = rows(model, batch)
        self._reference = reference
        self._metric = reference.judge.metrics[0]
        self._position = {id(f): index for f, index in zip(self.feeds, indices, strict=True)}
        self._compiled: ov.CompiledModel | None = None

    def __call__(
        self, compiled: ov.CompiledModel, data: Iterable[Mapping[int, NDArray[Any]]]
    ) -> tuple[float, list[float]]:
        """The first metric over the images of `data`, and of each of them alone."""
        if compiled is not self._compiled:
            self.compilations += 1
            self._compiled = compiled
        request = compiled.create_infer_request()
        evidence = []
        for feed in data:
            result = request.infer(feed, share_inputs=True)
            evidence.append(self._judge(self._position[id(feed)], list(result.values())))
        self.inferences += len(evidence)
        return self._values(evidence, np.ones((1, len(evidence)), np.int64))[0], self._each(
            evidence
        )

    def _judge(self, index: int, arrays: Sequence[NDArray[Any]]) -> Evidence:
        judge, facts = self._reference.judge, self._reference.tensors.facts[index]
        outputs = dict(zip(self._names, self._rows(arrays, 0), strict=True))
        prediction = judge.decoder.predict(outputs, facts)
        target = (
            self._reference.predictions[index]
            if self._metric.reference == "fp32"
            else facts.annotation
        )
        if target is None:
            raise CalibrateError("the image has no annotation", where=facts.source or facts.id)
        return self._metric.score(prediction, target, facts)

    def _each(self, evidence: Sequence[Evidence]) -> list[float]:
        """Of each image alone; 0 where it has no value, since NNCF subtracts and sorts them."""
        alone = np.eye(len(evidence), dtype=np.int64)
        return [float(value) for value in np.nan_to_num(self._values(evidence, alone))]

    def _values(
        self, evidence: Sequence[Evidence], counts: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        values = self._metric.aggregate(evidence, counts)
        return values if self._metric.higher_is_better else -values


Way = Literal["defaults", "accurate bias", "tuner"]
"""Accuracy control as it comes, with `fast_bias_correction=False`; and its tuner alone."""


@dataclass(frozen=True)
class Question:
    """A model, a budget and the images that NNCF is given.

    Attributes:
        config: path of the YAML file.
        execution: what NNCF is to do.
        ids: of the images.
        max_drop: the budget, in the unit of the config's first metric; the tuner has none.
    """

    config: str
    execution: Way
    ids: tuple[str, ...]
    max_drop: float = 0.0


@dataclass(frozen=True)
class Answer:
    """What NNCF made, and what it took.

    Attributes:
        seconds: from the decoded images and the prepared model to the result.
        compilations: models that were judged, without those that NNCF's own steps compile.
        inferences: images of all of them, and those that calibrate once.
    """

    seconds: float
    compilations: int
    inferences: int


def ask(question: Question, folder: Path, timeout: float | None) -> Answer | str:
    """Put a question to a process of its own; the model is `model.xml` in the folder.

    Args:
        question: what NNCF is to do.
        folder: for the answer.
        timeout: seconds after which the process is ended, reading and decoding included.

    Returns:
        The answer, or why there is none.
    """
    asked = folder / "question.json"
    asked.write_text(json.dumps(asdict(question)))
    words = [sys.executable, __file__, str(asked), str(folder)]
    try:
        done = subprocess.run(
            words, stderr=subprocess.PIPE, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        return f"ended after {timeout:g} seconds"
    if done.returncode:
        text = [line for line in done.stderr.splitlines() if line.strip()]
        return text[-1] if text else f"ends with {done.returncode}"
    return Answer(**json.loads((folder / "answer.json").read_text()))


def answer(question: Question, folder: Path) -> Answer:
    """Do what is asked, with NNCF's defaults for all else."""
    resolved = load_one_metric(Path(question.config), question.max_drop)
    world = World(with_images(resolved, question.ids))
    wants_fp32 = world.metric.reference == "fp32"
    reference = world.observed[1] if wants_fp32 else Reference.empty(world.tensors, world.judge)
    validation = Validation(world.model, reference, range(len(world.tensors)))
    begun = time.monotonic()
    with silence_nncf():
        model = (
            _tuned(world.model, validation)
            if question.execution == "tuner"
            else _controlled(world.model, validation, question)
        )
    seconds = time.monotonic() - begun
    ov.save_model(model, folder / "model.xml", compress_to_fp16=False)
    return Answer(seconds, validation.compilations, validation.inferences + len(validation.feeds))


def _controlled(model: ov.Model, validation: Validation, question: Question) -> ov.Model:
    dataset = nncf.Dataset(validation.feeds)
    return nncf.quantize_with_accuracy_control(
        model.clone(),
        calibration_dataset=dataset,
        validation_dataset=dataset,
        validation_fn=validation,
        max_drop=question.max_drop,
        fast_bias_correction=question.execution == "defaults",
    )


@contextmanager
def _repeatable_correction() -> Iterator[None]:
    """Let NNCF's accurate bias correction be applied twice.

    The tuner of NNCF 3.4.0 applies the best of its combinations a second time; by then the
    correction has emptied the lists of inputs that it keeps, and wherever it is the best the
    tuner ends with an IndexError. Lists that are gone are made again from the statistics.
    """
    get_or_compute = BiasCorrection.apply

    def apply(self: BiasCorrection, *words: Any, **named: Any) -> ov.Model:  # noqa: ANN401  # handed on
        vars(self)["_fp_inputs"].clear()
        return get_or_compute(self, *words, **named)

    with patch.object(BiasCorrection, "apply", apply):
        yield


def _tuned(model: ov.Model, validation: Validation) -> ov.Model:
    """What `tune_hyperparams` of the accuracy control does, no layer falling back afterwards."""
    uncompressed = AdvancedQuantizationParameters(
        backend_params={BackendParameters.COMPRESS_WEIGHTS: False}
    )
    dataset = nncf.Dataset(validation.feeds)
    count = len(validation.feeds)
    evaluator = Evaluator(validation)
    plain = nncf.quantize(
        model.clone(), dataset, subset_size=count, advanced_parameters=uncompressed
    )
    with _repeatable_correction():
        return quantize_with_tune_hyperparams(
            model.clone(),
            dataset,
            dataset,
            validation,
            evaluator.collect_metric_results(model, dataset),
            evaluator.collect_metric_results(plain, dataset),
            tuner_subset_size=count,
            subset_size=count,
            advanced_quantization_parameters=uncompressed,
        )


def main() -> None:
    """Answer the question of the command line."""
    logging.getLogger("nncf").setLevel(logging.ERROR)
    asked, folder = (Path(word) for word in sys.argv[1:])
    content = json.loads(asked.read_text())
    question = Question(**{**content, "ids": tuple(content["ids"])})
    (folder / "answer.json").write_text(json.dumps(asdict(answer(question, folder))))


if __name__ == "__main__":
    main()
