"""A config in the making: sections as plain mappings, and the notes about them."""

from dataclasses import dataclass, field
from typing import Any

from calibrate.migrate.notes import Notes

Part = dict[str, Any]


@dataclass
class Draft:
    """One run config to be written.

    Attributes:
        name: stem of the file: the model, and the dataset where there are several.
        model: section `model`.
        dataset: section `dataset`; its adapter is None where nothing reads this data.
        images: a folder of images that stands in for the dataset, for judging without labels.
        steps: section `preprocessing`.
        decoder: section `decoder`, or None where nothing reads these outputs.
        metrics: section `metrics`.
        others: further sections.
        notes: what there is to tell.
    """

    name: str
    notes: Notes
    model: Part = field(default_factory=dict)
    dataset: Part = field(default_factory=dict)
    adapter: Part | None = None
    images: str | None = None
    steps: list[Part] = field(default_factory=list)
    decoder: Part | None = None
    metrics: list[Part] = field(default_factory=list)
    others: dict[str, Part] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The whole as our YAML has it."""
        document: dict[str, Any] = {"model": self.model, "dataset": self.dataset}
        document["dataset"] = {**self.dataset, "adapter": self.adapter}
        if self.steps:
            document["preprocessing"] = self.steps
        document["decoder"] = self.decoder
        document["metrics"] = self.metrics
        document.update({key: part for key, part in self.others.items() if part})
        document["output"] = {"dir": f"out/{self.name}"}
        return document
