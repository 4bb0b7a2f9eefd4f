"""Compose YAML text into a tree, within bounds against hostile files.

PyYAML's safe loader gives the events; what is made of them here are texts, numbers, lists and
mappings only, never objects of a tag. Scalars are read as YAML 1.2 (`core.yaml_text`).

ruamel.yaml would not make this shorter: it stops at the first key that is given twice, where all
are reported here, reads `1_000` and dates as more than texts, and has no bound on aliases.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from calibrate.config.scalars import expand, is_one_variable
from calibrate.config.tree import KeyPath, Node, Place
from calibrate.core.yaml_text import Scalar, resolve
from calibrate.errors import CalibrateError

MAX_DEPTH = 32
"""Levels of nesting."""
MAX_NODES = 50_000
"""Values of one file, aliases counted as often as they are used."""

_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")
_MERGE = "<<"
_HALF_CHARACTER = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates, but for those by which Python spells bytes of file names that are not UTF-8."""


@dataclass
class Composer:
    """Composes a tree from one YAML document.

    Attributes:
        place: the place of a line (1-based).
        environment: values of `${VAR}`.
        problems: errors that do not stop composition, reported together.
    """

    place: Callable[[int], Place]
    environment: Mapping[str, str]
    problems: list[CalibrateError] = field(default_factory=list)
    _anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    _count: int = 0

    def compose(self, text: str) -> Node | None:
        """Return the tree; None for a text without a document.

        Raises:
            CalibrateError: the text is not YAML, holds several documents or exceeds a bound.
        """
        try:
            events = iter(yaml.parse(text, Loader=yaml.SafeLoader))
            return self._document(events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = self.place(mark.line + 1 if mark else 1)
            raise CalibrateError(
                f"this is not valid YAML: {error.problem or error.context}",
                place.where(()),
                _advice(error.problem or ""),
            ) from error
        except yaml.YAMLError as error:
            reason = str(error).splitlines()[0]
            raise CalibrateError(
                f"this is not valid YAML: {reason}", self.place(1).where(())
            ) from error

    def _document(self, events: Iterator[yaml.Event]) -> Node | None:
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self._error(event, (), "a second document begins", "leave out the '---'")
                root = self._node(next(events), events, ())
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Node:
        if len(path) > MAX_DEPTH:
            raise self._error(event, path[:3], f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        before = self._count
        self._add(event, 1)
        place = self._place(event)
        tag = getattr(event, "tag", None)
        if isinstance(event, yaml.ScalarEvent):
            node = Node(self._scalar(event, path), place, _expression(event.value))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._refuse_tag(event, tag, path)
            node = Node(self._sequence(events, path), place)
        else:
            self._refuse_tag(event, tag, path)
            node = Node(self._mapping(events, path), place)
        anchor = getattr(event, "anchor", None)
        if anchor:
            self._anchors[anchor] = node, self._count - before
        return node

    def _alias(self, event: yaml.AliasEvent, path: KeyPath) -> Node:
        if event.anchor not in self._anchors:
            message = f"the alias *{event.anchor} names no anchor before it"
            raise self._error(event, path, message, "a text that begins with * needs quotes")
        node, size = self._anchors[event.anchor]
        self._add(event, size)
        return node

    def _sequence(self, events: Iterator[yaml.Event], path: KeyPath) -> tuple[Node, ...]:
        entries: list[Node] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            entries.append(self._node(event, events, (*path, len(entries))))
        return tuple(entries)

    def _mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> Mapping[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._error(event, path, "a key is a list, a mapping or an alias")
            key = event.value
            place = self._place(event)
            value = self._node(next(events), events, (*path, key))
            if key in entries:
                first = entries[key].place.line
                message = f"the key is given twice, first on line {first}"
                self.problems.append(CalibrateError(message, place.where((*path, key))))
            else:
                entries[key] = Node(value.value, place, value.expression)
        return self._merged(entries, path)

    def _merged(self, entries: dict[str, Node], path: KeyPath) -> Mapping[str, Node]:
        """Merge `<<: *defaults`: the mapping's keys take precedence, then the first named."""
        merge = entries.pop(_MERGE, None)
        if merge is None:
            return entries
        for part in merge.value if isinstance(merge.value, tuple) else (merge,):
            if not isinstance(part.value, Mapping):
                where = merge.place.where((*path, _MERGE))
                self.problems.append(CalibrateError("only mappings can be merged", where))
                continue
            for key, node in part.value.items():
                entries.setdefault(key, node)
        return entries

    def _scalar(self, event: yaml.ScalarEvent, path: KeyPath) -> Scalar:
        text: str = event.value
        if "\0" in text:
            self.problems.append(self._error(event, path, "the text holds a null character"))
            return text.replace("\0", "")
        if _HALF_CHARACTER.search(text):
            self.problems.append(
                self._error(event, path, "the text holds half of a character (a surrogate)")
            )
            return _HALF_CHARACTER.sub("", text)
        if event.tag is not None and event.tag not in _TEXT_TAGS:
            self._refuse_tag(event, event.tag, path)
        unquoted = event.style is None and event.tag is None
        try:
            expanded = expand(text, self.environment)
        except CalibrateError as error:
            where = self._place(event).where(path)
            self.problems.append(CalibrateError(error.message, where, error.hint))
            return text
        if unquoted and (expanded == text or is_one_variable(text)):
            return resolve(expanded)
        return expanded

    def _refuse_tag(self, event: yaml.Event, tag: str | None, path: KeyPath) -> None:
        if tag is not None:
            hint = "leave it out: the type follows from the key"
            self.problems.append(self._error(event, path, f"the tag {tag} is not read here", hint))

    def _add(self, event: yaml.Event, size: int) -> None:
        self._count += size
        if self._count > MAX_NODES:
            message = f"more than {MAX_NODES} values, aliases counted as often as they are used"
            raise self._error(event, (), message)

    def _place(self, event: yaml.Event) -> Place:
        return self.place(event.start_mark.line + 1 if event.start_mark else 1)

    def _error(
        self, event: yaml.Event, path: KeyPath, message: str, hint: str = ""
    ) -> CalibrateError:
        return CalibrateError(message, self._place(event).where(path), hint)


def _expression(text: str) -> str:
    return text if "${" in text else ""


def _advice(reason: str) -> str:
    if "'\\t'" in reason:
        return "indent with spaces, not tabs"
    if "cannot start any token" in reason or "expected ',' or" in reason or "alphabetic" in reason:
        return "put the value in quotes"
    if "mapping values are not allowed" in reason:
        return "a ': ' inside a value needs quotes, or the line above is indented wrongly"
    if "block end" in reason:
        return "the line is indented more or less than the others of its mapping"
    return ""
