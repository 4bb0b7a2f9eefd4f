"""Read label names files and label maps: class names by id, and class ids by word."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calibrate.core.text import shown
from calibrate.datasets.formats.findings import Findings
from calibrate.datasets.formats.text import read_text, split_lines
from calibrate.datasets.formats.ultralytics_yaml import read_yaml_names
from calibrate.errors import CalibrateError

_WORDNET = re.compile(r"(n\d{8})\s+(.*)", re.DOTALL)
_NUMBERED = re.compile(r"(\d+)(?:\s*[:,\t]\s*|\s+)(.*)", re.DOTALL)
_YAML_NAMES = re.compile(r"^(names|nc|path|val)\s*:(\s|$)", re.MULTILINE)
_OTHER_KINDS = {".pbtxt", ".prototxt", ".xml", ".html", ".py", ".ini", ".toml", ".cfg"}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class LabelList:
    """The classes of a dataset.

    Attributes:
        names: by class id.
        ids: class id by every word that stands for it: its name, and its WordNet id where the
            file has one.
    """

    names: tuple[str, ...] = ()
    ids: Mapping[str, int] = field(default_factory=dict)


def integer(text: str) -> int | None:
    """Return the number that at most 18 ASCII digits write, or None.

    `int` would accept `1_000` and the digits of other scripts too.
    """
    return int(text) if _INTEGER.fullmatch(text) else None


def parse_label_names(lines: Sequence[str], where: str) -> LabelList:
    """Return the classes of a text file with one name per line, in the order of their ids.

    A line is the name. If every line begins with a WordNet id (`n01440764 tench`), that is a
    second word for the class; if every line begins with its 0-based line number (`0 tench`,
    `0: tench`, `0,tench`), the number is left out.

    Args:
        lines: of the file; blank lines at its end are left out.
        where: the file, for messages.

    Raises:
        CalibrateError: no class, a blank line among the classes, or a WordNet id that occurs
            twice.
    """
    texts = [line.strip() for line in lines]
    while texts and not texts[-1]:
        texts.pop()
    findings = Findings(where)
    if not texts:
        findings.add("the file names no class")
    for number, text in enumerate(texts, 1):
        if not text:
            findings.add("the line is blank; each line is a class", number)
    findings.raise_any()
    keyed = [_WORDNET.fullmatch(text) for text in texts]
    if all(keyed):
        pairs = [(match[1], match[2]) for match in keyed if match]
        return _with_keys([name for _, name in pairs], [key for key, _ in pairs], where)
    counted = [_NUMBERED.fullmatch(text) for text in texts]
    if all(match and match[1] == str(i) and match[2] for i, match in enumerate(counted)):
        texts = [match[2] for match in counted if match]
    return _with_keys(texts, (), where)


def parse_label_json(text: str, where: str) -> LabelList:
    """Return the classes of a JSON file.

    Args:
        text: `["tench", ...]`, or by id `{"0": "tench", ...}`, `{"0": ["n01440764", "tench"],
            ...}` (the form of Keras' `imagenet_class_index.json`).
        where: the file, for messages.

    Raises:
        CalibrateError: the text is none of these, or ids are missing.
    """
    content = _json(text, where)
    if isinstance(content, Mapping):
        if set(content) != {str(i) for i in range(len(content))}:
            raise CalibrateError(f"the keys are not the ids 0 to {len(content) - 1}", where)
        content = [content[str(i)] for i in range(len(content))]
    if not isinstance(content, list) or not content:
        raise CalibrateError("this is not a list of names, nor names by id", where)
    if all(isinstance(name, str) for name in content):
        return _with_keys(content, (), where)
    if all(isinstance(pair, list) and list(map(type, pair)) == [str, str] for pair in content):
        return _with_keys([pair[1] for pair in content], [pair[0] for pair in content], where)
    raise CalibrateError("the entries are neither names nor pairs of WordNet id and name", where)


def _with_keys(names: Sequence[str], keys: Sequence[str], where: str) -> LabelList:
    counts = Counter(names)
    # ImageNet has two 'crane' and two 'maillot': such a name identifies no class.
    ids = {name: index for index, name in enumerate(names) if counts[name] == 1}
    findings = Findings(where)
    for index, key in enumerate(keys):
        if ids.setdefault(key, index) != index:
            findings.add(f"'{shown(key)}' is class {ids[key]} and class {index}")
    findings.raise_any()
    return LabelList(tuple(map(shown, names)), ids)


def parse_label_map(text: str, where: str) -> dict[str, int]:
    """Return class ids by the words that a dataset uses for them.

    Args:
        text: lines of a word and a number (`cat 3`, `cat: 3`, `cat,3`; the word may contain
            spaces), or a JSON mapping of words to numbers.
        where: the file, for messages.

    Raises:
        CalibrateError: a line has no number, a word occurs twice, or there is no line.
    """
    if text.lstrip().startswith("{"):
        mapping = _json(text, where)
        pairs = (
            [(0, key, value) for key, value in mapping.items()] if isinstance(mapping, dict) else []
        )
    else:
        pairs = [
            (number, *_word_and_number(line))
            for number, line in enumerate(split_lines(text), 1)
            if line.strip()
        ]
    findings = Findings(where)
    ids: dict[str, int] = {}
    for number, word, value in pairs:
        place = number or f"'{shown(word)}'"
        if not isinstance(value, int) or isinstance(value, bool) or value < 0 or not word:
            findings.add("this is not a word with its class id (0 or more)", place)
        elif word in ids:
            findings.add(f"'{shown(word)}' occurs twice", place)
        else:
            ids[word] = value
    if not pairs:
        findings.add("the file maps nothing")
    findings.raise_any()
    return ids


def labels_entry(text: str, where: str) -> dict[str, int]:
    """Return class ids by name of a JSON file whose key `labels` maps them, or which maps itself.

    Args:
        text: `{"labels": {"car": 1, "bus": 2}}` or `{"car": 1, "bus": 2}`.
        where: the file, for messages.

    Raises:
        CalibrateError: it is none of these.
    """
    content = _json(text, where)
    mapping = content.get("labels", content) if isinstance(content, dict) else None
    if not isinstance(mapping, dict):
        raise CalibrateError("the file maps no class names to their ids", where)
    return parse_label_map(json.dumps(mapping), where)


def _word_and_number(line: str) -> tuple[str, int | None]:
    word, _, number = re.sub(r"[:,\t]\s*(?=\S+\s*$)", " ", line.strip()).rpartition(" ")
    return word.rstrip(), integer(number)


def _json(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CalibrateError(f"the file is not JSON ({error})", where) from error


def read_label_names(path: Path | None) -> LabelList:
    """Return the classes of a label names file, or none for None.

    The ending tells the format: `.json`, `.yaml` of Ultralytics, else text.

    Raises:
        CalibrateError: see `parse_label_names` and `parse_label_json`; or the file is of another
            kind.
    """
    if path is None:
        return LabelList()
    if path.suffix.lower() in {".yaml", ".yml"}:
        return _with_keys(read_yaml_names(path), (), shown(path))
    text = read_text(path)
    if path.suffix.lower() in _OTHER_KINDS or _YAML_NAMES.search(text):
        raise CalibrateError(
            "the file is not a list of class names",
            shown(path),
            "give a text file with a name on each line, a JSON list, or a data.yaml with `names`",
        )
    if path.suffix.lower() == ".json":
        return parse_label_json(text, shown(path))
    return parse_label_names(split_lines(text), shown(path))


def read_label_map(source: Mapping[str, int] | Path | None) -> Mapping[str, int]:
    """Return the class ids of a label map given inline or as a file; empty for None.

    Raises:
        CalibrateError: see `parse_label_map`.
    """
    if source is None:
        return {}
    if isinstance(source, Path):
        return parse_label_map(read_text(source), shown(source))
    return source


def names_of_map(ids: Mapping[str, int]) -> tuple[str, ...]:
    """Return names by class id of a label map: the first word of each id, or the id itself."""
    by_id: dict[int, str] = {}
    for word, index in ids.items():
        by_id.setdefault(index, shown(word))
    top = max(by_id, default=-1)
    # A map with a stray huge id would ask for as many names.
    return tuple(by_id.get(i, str(i)) for i in range(min(top + 1, 1_000_000)))
