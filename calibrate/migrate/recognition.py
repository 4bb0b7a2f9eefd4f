"""Text recognition of the Accuracy Checker: labels of characters → alphabet, blank, end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from calibrate.migrate.draft import Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.places import Places

ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyz"
"""The labels of converters that have none of their own, from 0."""


TEXT_ADAPTERS = ("image_texts", "text_lmdb")
"""Our adapters of images with texts."""


def labels_of(conversion: Mapping[str, Any], places: Places) -> Part:
    """The alphabet that a dataset has itself, as parameters of our adapters of texts.

    Args:
        conversion: `annotation_conversion` of the dataset.
        places: where relative paths lead.
    """
    kind = conversion.get("converter")
    if kind in ("icdar13_recognition", "lmdb_text_recognition_database"):
        return {"alphabet": ALPHANUMERIC}
    file = conversion.get("decoding_char_file")
    if kind == "unicode_character_recognition" and file is not None:
        return {"alphabet_file": places.data(file), "alphabet_offset": 1}
    return {}


@dataclass
class Recognition:
    """What adapter, decoder and metrics of text recognition have to agree on.

    Attributes:
        places: where relative paths lead.
        alphabet: parameters of our adapters of texts: the dataset's, unless the launcher has
            others.
        metric: `blank` or `end` of our metrics of texts.
    """

    places: Places = field(default_factory=Places)
    alphabet: Part = field(default_factory=dict)
    metric: Part = field(default_factory=dict)


def greedy(keys: Keys, recognition: Recognition) -> Part | None:
    """CTC: the most likely class at each step, repeats and blanks removed."""
    blank = int(keys.get("blank_label", 0))
    if blank > 0:
        keys.notes.add(
            "differs",
            keys.at("blank_label"),
            "there repeats in the first steps, as many as the number of the blank, are kept",
            blank,
        )
    shift = 1 if keys.get("shift_labels", False) else 0
    if not _labels(keys, recognition, special=(blank - shift,), first=shift):
        return None
    recognition.metric["blank"] = blank
    return _decoder(keys, "logits_output")


def simple(keys: Keys, recognition: Recognition) -> Part | None:
    """Attention: the most likely class at each step, up to the label that ends a text."""
    end_label, start_label = str(keys.get("eos_label", "[s]")), keys.get("start_label")
    labels = keys.get("custom_label_map")
    if isinstance(labels, Mapping) and labels:
        ends = [int(key) for key, label in labels.items() if str(label) == end_label]
        if len(ends) != 1:
            keys.notes.add("lost", keys.at("eos_label"), "the labels have no such end", end_label)
            return None
        end, first = ends[0], 0
    else:
        end, first = (0, 1) if start_label is None else (1, 2)
    if not _labels(keys, recognition, special=(end,), first=first):
        return None
    if keys.get("do_lower", False):
        recognition.alphabet["predicted_case"] = "lower"
    recognition.metric["end"] = end
    keys.notes.add(
        "check",
        keys.at("eos_label"),
        "texts in which the model gives no end are compared whole, there without their last letter",
        end_label,
    )
    part = _decoder(keys, None)
    if start := int(keys.get("start_index", 0)):
        part["first_position"] = start
    return part


def _decoder(keys: Keys, output: str | None) -> Part:
    name = keys.get(output) if output else None
    return {"type": "token_scores"} | ({} if name is None else {"output": str(name)})


def _labels(keys: Keys, recognition: Recognition, *, special: Sequence[int], first: int) -> bool:
    """Set the alphabet by the launcher's labels, if it has any.

    Args:
        keys: the launcher's adapter.
        recognition: whose alphabet is set.
        special: labels that are no characters: blank, end.
        first: class of the first label of a file, or of class 0 of a map.
    """
    labels, file = keys.get("custom_label_map"), keys.get("vocabulary_file")
    if isinstance(labels, Mapping) and labels:
        return _alphabet_of_map(keys, recognition, labels, special=special, shift=first)
    if file is not None:
        recognition.alphabet = {
            "alphabet_file": recognition.places.model(file),
            "alphabet_offset": first,
        }
    elif not recognition.alphabet:
        why = "neither the launcher nor the dataset has labels of characters"
        keys.notes.add("lost", keys.where, why)
        return False
    elif first:
        offset = recognition.alphabet.get("alphabet_offset", 0) + first
        recognition.alphabet["alphabet_offset"] = offset
    recognition.alphabet["unknown_characters"] = "wrong"
    return True


def _alphabet_of_map(
    keys: Keys,
    recognition: Recognition,
    labels: Mapping[Any, Any],
    *,
    special: Sequence[int],
    shift: int,
) -> bool:
    by_class = {int(key): str(label) for key, label in labels.items() if int(key) not in special}
    characters = [by_class[index] for index in sorted(by_class)]
    first = min(by_class, default=0)
    is_alphabet = (
        sorted(by_class) == list(range(first, first + len(by_class)))
        and all(len(character) == 1 for character in characters)
        and len(set(characters)) == len(characters)
    )
    if not characters or not is_alphabet:
        why = "an alphabet is single characters, each once, with classes in a row"
        keys.notes.add("lost", keys.at("custom_label_map"), why)
        return False
    recognition.alphabet = {
        "alphabet": "".join(characters),
        "alphabet_offset": first + shift,
        "unknown_characters": "wrong",
    }
    return True
