"""Journal keys: digests and versions of everything that measurements depend on."""

import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np
import openvino as ov
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from calibrate.core.tensors import Tensors
from calibrate.evaluation.reference import Task
from calibrate.models.fingerprint import fingerprint
from calibrate.runtime.cpu import this_cpu
from calibrate.version import __version__

_PACKAGE = __name__.split(".", 1)[0]


def arithmetic_facts() -> dict[str, str]:
    """Return the facts that a model's outputs depend on besides model and images."""
    return {
        "instruction set": this_cpu().instruction_set,
        "openvino": str(ov.__version__),
        "nncf": version("nncf"),
        "calibrate": f"{__version__} ({_package_digest()[:8]})",
    }


def machine_facts() -> dict[str, str]:
    """Return the facts that times depend on besides the model and the arithmetic."""
    cpu = this_cpu()
    return {"cpu": cpu.name, "cores": str(cpu.cores)}


def model_digest(model: ov.Model) -> str:
    """Return the digest of graph, weights and names, by which candidates refer to operations."""
    names = [op.get_friendly_name() for op in model.get_ordered_ops()]
    return digest_of([fingerprint(model), *names])


def tensors_digest(tensors: Tensors) -> str:
    """Return the digest of the preprocessed inputs and of the facts for decoders and metrics."""
    hashed = hashlib.sha256(tensors.digest().encode())
    for facts in tensors.facts:
        hashed.update(f"{facts.id}|{facts.geometry}\n".encode("utf-8", "surrogateescape"))
    for array in tensors.inputs:
        hashed.update(f"{array.dtype}{array.shape}".encode())
        # Sample by sample, since the array may be larger than the memory.
        for sample in array:
            hashed.update(np.ascontiguousarray(sample).reshape(-1).view(np.uint8).data)
    return hashed.hexdigest()


def judge_digest(judge: Task) -> str:
    """Return the digest of decoder and metrics: parameters, and the code of plugins."""
    return digest_of(component_digest(component) for component in (judge.decoder, *judge.metrics))


def component_digest(component: object) -> str:
    """Return the digest of one component."""
    kind = type(component)
    parameters = parameters_digest(component) if isinstance(component, BaseModel) else ""
    is_built_in = kind.__module__.split(".")[0] == _PACKAGE
    file = None if is_built_in else inspect.getsourcefile(kind)
    code = Path(file).read_bytes() if file else b""
    return digest_of([kind.__qualname__, parameters, hashlib.sha256(code).hexdigest()])


def parameters_digest(component: BaseModel) -> str:
    """Return the digest of a component's parameters: content of files, names of folders."""
    values = [json.dumps(to_jsonable_python(_by_content(component.model_dump())), sort_keys=True)]
    return digest_of(values)


def _by_content(value: object) -> object:
    if isinstance(value, Path):
        if value.is_file():
            with value.open("rb") as data:
                return hashlib.file_digest(data, "sha256").hexdigest()
        return value.name
    if isinstance(value, Mapping):
        return {key: _by_content(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_by_content(entry) for entry in value]
    return value


def indices_digest(indices: Sequence[int], batch: int) -> str:
    """Return the digest of an order of samples and their batch size."""
    return digest_of([str(batch), *map(str, indices)])


def digest_of(parts: Iterable[str]) -> str:
    """Return the SHA-256 of texts in their order."""
    hashed = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogateescape")
        hashed.update(f"{len(encoded)}:".encode() + encoded)
    return hashed.hexdigest()


@cache
def _package_digest() -> str:
    """Return the digest of this package's files, which change between releases."""
    folder = Path(str(files(_PACKAGE)))
    return digest_of(
        hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.rglob("*.py"))
    )
