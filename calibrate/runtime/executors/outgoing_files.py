"""Models, judges and samples as files named by digest, from which workers rebuild them."""

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov

from calibrate.core.costs import Costs
from calibrate.models.write import write_model
from calibrate.runtime.executors.base import Catalog, EvaluationRequest
from calibrate.runtime.executors.blob_store import file_digest
from calibrate.runtime.executors.portable import (
    Assembly,
    EvaluationJob,
    PortableJudge,
    SampleFile,
)

_WHOLE = "model"
"""The only part of a model that is sent as it is."""


@dataclass(slots=True)
class OutgoingFiles:
    """The files of one run's evaluations; each is written once, when it is first needed.

    Attributes:
        folder: an existing folder of this run alone.
        paths: of the files, by digest.
    """

    folder: Path
    paths: dict[str, Path] = field(default_factory=dict)
    _parts: dict[int, tuple[ov.Model, tuple[str, str]]] = field(default_factory=dict)
    _samples: dict[tuple[str, int], str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def job(
        self, catalog: Catalog, request: EvaluationRequest, properties: Mapping[str, Any]
    ) -> EvaluationJob:
        """Return a request as a job; all files that it names are written.

        Args:
            catalog: has the request's model, samples and judge.
            request: to translate.
            properties: of the CPU plugin.

        Raises:
            CalibrateError: an entry is missing from the catalog, or the disk is full.
        """
        source, judge = catalog.source(request), catalog.judge(request)
        indices = catalog.indices(request)
        with self._lock:
            if isinstance(source, Assembly):
                build = self._pickled(source.build)
                parts = {name: self._part(model) for name, model in source.parts.items()}
            else:
                build, parts = self._pickled(_whole), {_WHOLE: self._written(source())}
            is_portable = isinstance(judge, PortableJudge)
            return EvaluationJob(
                model=build,
                parts=parts,
                judge=self._pickled(judge.build if isinstance(judge, PortableJudge) else judge),
                is_portable=is_portable,
                samples=tuple(self._sample(catalog, request.judge, index) for index in indices),
                properties=dict(properties),
            )

    def model(self, model: ov.Model) -> tuple[str, str]:
        """Return the digests of `.xml` and `.bin` of a model, which are written."""
        with self._lock:
            return self._written(model)

    def pickled(self, value: object) -> str:
        """Return the digest of a value's pickle, which is written."""
        with self._lock:
            return self._pickled(value)

    def _part(self, model: ov.Model) -> tuple[str, str]:
        """Return the digests of a model that several candidates share."""
        if id(model) not in self._parts:
            # The model is kept too, so that its id cannot be reused.
            self._parts[id(model)] = model, self._written(model)
        return self._parts[id(model)][1]

    def _written(self, model: ov.Model) -> tuple[str, str]:
        path = self.folder / f"part-{len(self.paths)}.xml"
        write_model(model, path)
        return self._file(path), self._file(path.with_suffix(".bin"))

    def _file(self, path: Path) -> str:
        digest = file_digest(path)
        self.paths[digest] = path
        return digest

    def _sample(self, catalog: Catalog, judge_name: str, index: int) -> str:
        key = judge_name, index
        if key not in self._samples:
            tensors, judge = catalog.tensors, catalog.judges[judge_name]
            sample = SampleFile(
                index=index,
                inputs=tuple(np.asarray(rows[index]) for rows in tensors.inputs),
                facts=tensors.facts[index],
                digest=tensors.digests[index],
                data=judge.sample_data(index) if isinstance(judge, PortableJudge) else None,
                batch_axes=tensors.batch_axes,
            )
            self._samples[key] = self._pickled(sample)
        return self._samples[key]

    def _pickled(self, value: object) -> str:
        content = pickled(value)
        digest = sha256(content).hexdigest()
        if digest not in self.paths:
            path = self.folder / digest
            path.write_bytes(content)
            self.paths[digest] = path
        return digest


def pickled(value: object) -> bytes:
    """Return the pickle of a value; code that a worker cannot import is in it."""
    import cloudpickle

    plugins = [m for name, m in sys.modules.items() if name.startswith("calibrate_plugin_")]
    for module in plugins:
        cloudpickle.register_pickle_by_value(module)
    try:
        content: bytes = cloudpickle.dumps(value)
        return content
    finally:
        for module in plugins:
            cloudpickle.unregister_pickle_by_value(module)


def _whole(parts: Mapping[str, ov.Model], costs: Costs) -> ov.Model:
    """Build a model that was sent as it is."""
    del costs
    return parts[_WHOLE]
