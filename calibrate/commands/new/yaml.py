"""Write a proposed config as commented YAML, to be read and changed by the user."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from calibrate.commands.new.proposal import Proposal
from calibrate.core.yaml_text import resolve

SCHEMA = "calibrate.schema.json"
"""The JSON Schema of configs, which `calibrate schema` prints, beside the config: for editors."""

_MODELS = (".xml", ".onnx", ".tflite", ".pb", ".pdmodel", ".pt2", ".pt")


def config_yaml(proposal: Proposal, folder: Path) -> str:
    """Return the YAML text.

    Args:
        proposal: the proposed config.
        folder: folder of the file to write; paths are relative to it.
    """
    content, reasons = proposal.content, proposal.reasons
    dataset = content["dataset"]
    name = _result_name(Path(content["model"]["path"]))
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        "# Proposed by `calibrate new`; read it before you trust it, then: calibrate check FILE",
        *(f"# Look at this: {doubt}" for doubt in proposal.doubts),
        "model:",
        *(f"  {key}: {flow_yaml(value, folder)}" for key, value in content["model"].items()),
        "",
        "dataset:",
        f"  name: {flow_yaml(dataset['name'], folder)}",
        f"  # Guessed: {reasons['dataset']}.",
        "  adapter:",
        *(f"    {key}: {flow_yaml(value, folder)}" for key, value in dataset["adapter"].items()),
        "  # subsample_size: 500   # drawn by a seed; all samples by default",
        "",
        "# From the data as it was read (images: RGB, 0 to 255) to the model's inputs.",
        *_wrapped(f"Guessed: {reasons['preprocessing']}."),
        *_list("preprocessing", content["preprocessing"], folder),
        "",
        *_wrapped(f"Guessed: {reasons['decoder']}."),
        f"decoder: {flow_yaml(content['decoder'], folder)}",
        "",
        f"# Guessed: {reasons['metrics']}.",
        *_list("metrics", content["metrics"], folder),
        "",
        "budget:",
        "  max_drop: 0.01        # one percentage point; 0.005 is half a point",
        "  # drop_type: relative # a share of the FP32 value instead",
        "  # accept: confident   # the whole interval of the drop has to be within budget",
        "",
        "# search:",
        "#   timeout: 600        # seconds, then the best answer so far is taken",
        "#   recipes: thorough   # try every recipe before layers fall back",
        "",
        "output:",
        f"  dir: {flow_yaml(f'out/{name}', folder)}",
    ]
    return "\n".join(lines) + "\n"


def _result_name(path: Path) -> str:
    """Return a name of the result that differs from those of other models in the same folder."""
    # Zoos name the folder after the model and every file in it alike.
    name = path.parent.name if path.stem in ("model", "saved_model") else path.stem
    others = [p for p in path.parent.glob("*") if p.suffix in _MODELS and p != path]
    alike = [p for p in others if p.stem == path.stem]
    if path.stem != name and others and not alike:
        return f"{name}_{path.stem}"
    return f"{name}_{path.suffix.removeprefix('.')}" if alike else name


def _list(key: str, entries: Sequence[Mapping[str, Any]], folder: Path) -> list[str]:
    if not entries:
        return [f"{key}: []"]
    return [f"{key}:", *(f"  - {flow_yaml(entry, folder)}" for entry in entries)]


def flow_yaml(value: object, folder: Path) -> str:
    """Return a value in one line of YAML; paths are relative to the folder."""
    if isinstance(value, Mapping):
        return (
            "{"
            + ", ".join(
                f"{flow_yaml(key, folder)}: {flow_yaml(v, folder)}" for key, v in value.items()
            )
            + "}"
        )
    if isinstance(value, Path):
        return flow_yaml(os.path.relpath(value, folder.absolute()), folder)
    is_plain = isinstance(value, str) and re.fullmatch(r"[A-Za-z./][\w./-]*", value)
    if isinstance(value, str) and not (is_plain and resolve(value) == value):
        # Every JSON text is YAML; `$` is doubled only before `{`, where it begins a variable.
        return _quoted(value).replace("${", "$${")
    return value if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    """Return a text in double quotes; letters of all scripts stay readable."""
    return "".join(
        character if character.isprintable() else f"\\U{ord(character):08x}"
        for character in json.dumps(text, ensure_ascii=False)
    )


def _wrapped(text: str, width: int = 96) -> list[str]:
    lines, line = [], "#"
    for word in text.split():
        if len(line) + len(word) + 1 > width:
            lines.append(line)
            line = "#"
        line += f" {word}"
    return [*lines, line]
