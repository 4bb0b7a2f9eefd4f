"""The components of a config: each name loaded, each set of parameters validated."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from calibrate.config.schema import ComponentSpec, DecoderSpec, MetricSpec
from calibrate.config.suggest import keys
from calibrate.config.tree import KeyPath, Node, at
from calibrate.config.validation import validate
from calibrate.core.component import Adapter, Component, Decoder, Metric, Step
from calibrate.errors import CalibrateError, PluginError
from calibrate.plugins import Kind, load

_DUTIES: dict[Kind, tuple[str, type]] = {
    "adapters": ("an adapter", Adapter),
    "steps": ("a step", Step),
    "decoders": ("a decoder", Decoder),
    "metrics": ("a metric", Metric),
}


_ADAPTERS: tuple[KeyPath, ...] = (("dataset", "adapter"), ("calibration", "adapter"))


@dataclass(frozen=True, slots=True)
class PlacedComponent:
    """A component and its position in the config."""

    path: KeyPath
    node: Node
    component: Component


@dataclass
class Components:
    """The components of one config by family, and the problems of invalid ones."""

    adapters: list[PlacedComponent] = field(default_factory=list)
    steps: list[PlacedComponent] = field(default_factory=list)
    decoders: list[PlacedComponent] = field(default_factory=list)
    metrics: list[PlacedComponent] = field(default_factory=list)
    problems: list[CalibrateError] = field(default_factory=list)

    def adapter_of(self, section: str) -> PlacedComponent | None:
        """Return the adapter of `dataset` or `calibration`, if it is given and valid."""
        return next((placed for placed in self.adapters if placed.path[0] == section), None)


def find_components(root: Node, *, allow_plugins: bool) -> Components:
    """Load and validate every component of a run config's tree.

    Entries that are not a mapping with a `type` are skipped: section validation reports them.
    """
    components = Components()
    families: list[tuple[Kind, list[PlacedComponent], list[KeyPath], type[ComponentSpec]]] = [
        ("adapters", components.adapters, list(_ADAPTERS), ComponentSpec),
        ("steps", components.steps, _entries(root, "preprocessing"), ComponentSpec),
        ("decoders", components.decoders, *_decoders(root)),
        ("metrics", components.metrics, _entries(root, "metrics"), MetricSpec),
    ]
    for kind, members, paths, spec in families:
        for path in paths:
            node = at(root, path)
            if node is None or not isinstance(node.value, Mapping):
                continue
            component, problems = _component(kind, node, path, spec, allow_plugins=allow_plugins)
            components.problems.extend(problems)
            if component is not None:
                members.append(PlacedComponent(path, node, component))
    return components


def _decoders(root: Node) -> tuple[list[KeyPath], type[ComponentSpec]]:
    """Return the place of the decoder with its section, or the places of several."""
    several = _entries(root, "decoder")
    return (several, DecoderSpec) if several else ([("decoder",)], ComponentSpec)


def _entries(root: Node, key: str) -> list[KeyPath]:
    node = root.child(key)
    if node is None or not isinstance(node.value, tuple):
        return []
    return [(key, index) for index in range(len(node.value))]


def _component(
    kind: Kind, node: Node, path: KeyPath, spec: type[ComponentSpec], *, allow_plugins: bool
) -> tuple[Component | None, list[CalibrateError]]:
    type_node = node.child("type")
    if type_node is None or not isinstance(type_node.value, str):
        return None, []
    where = type_node.place.where((*path, "type"))
    folder = type_node.place.file.parent
    try:
        class_ = load(kind, type_node.value, folder=folder, allow_files=allow_plugins)
        _check_duties(kind, class_, type_node.value)
    except CalibrateError as error:
        return None, [_error_at(error, where)]
    spec_keys = [key for key in keys(spec) if key not in keys(class_)]
    assert isinstance(node.value, Mapping)  # noqa: S101  # narrows the type for mypy
    parameters = {key: child for key, child in node.value.items() if key not in spec_keys}
    return validate(class_, Node(parameters, node.place), path, further_keys=spec_keys)


def _error_at(error: CalibrateError, where: str) -> CalibrateError:
    """Return the error, located at the name that caused it."""
    message = f"{error.where}: {error.message}" if error.where else error.message
    placed = type(error)(message, where, error.hint)
    placed.__cause__ = error.__cause__
    return placed


def _check_duties(kind: Kind, class_: type[Component], name: str) -> None:
    noun, contract = _DUTIES[kind]
    # Not hasattr: every class has a __call__, its metaclass's.
    defined = {name for base in class_.__mro__ for name in vars(base)}
    missing = [member for member in duties(contract) if member not in defined]
    if missing:
        raise PluginError(
            f"'{name}' is not {noun}: it has no {', '.join(missing)}",
            hint=f"calibrate.{contract.__name__} describes each",
        )


def duties(contract: type) -> list[str]:
    """Return the names of the members that a Protocol requires, in order."""
    members = [*contract.__annotations__, *vars(contract)]
    return [name for name in members if not name.startswith("_") or name == "__call__"]
