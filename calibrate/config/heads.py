"""Models of several heads: a list of named decoders, and metrics that name theirs."""

from collections.abc import Iterator
from typing import cast

from calibrate.config.components import Components
from calibrate.config.schema import MetricSpec, RunConfig
from calibrate.config.suggest import advice
from calibrate.config.tree import KeyPath, Node, deepest
from calibrate.core.component import Component, Decoder, Metric
from calibrate.core.heads import combine, metric_of_head
from calibrate.errors import CalibrateError


def decoder_of(config: RunConfig, components: Components) -> Decoder:
    """Return the config's decoder, or its decoders as one."""
    if not isinstance(config.decoder, tuple):
        return cast("Decoder", components.decoders[0].component)
    parts = zip(config.decoder, components.decoders, strict=True)
    return combine({spec.name: (spec.type, placed.component) for spec, placed in parts})


def metric_of(spec: MetricSpec, metric: Component) -> Metric:
    """Return a metric, for the predictions of the decoder that its section names."""
    if spec.decoder is None:
        return cast("Metric", metric)
    return cast("Metric", metric_of_head(spec.decoder, spec.type, metric))


def check_heads(config: RunConfig, root: Node) -> Iterator[CalibrateError]:
    """Yield repeated names of decoders, and metrics that name none or an unknown one."""
    if not isinstance(config.decoder, tuple):
        for index, spec in enumerate(config.metrics):
            if spec.decoder is not None:
                message = "there is one decoder only, so metrics name none"
                yield _problem(root, ("metrics", index, "decoder"), message, "leave the key out")
        return
    names = [spec.name for spec in config.decoder]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield _problem(root, ("decoder", index, "name"), f"the name '{name}' is given twice")
    for index, spec in enumerate(config.metrics):
        place: KeyPath = ("metrics", index, "decoder")
        if spec.decoder is None:
            hint = f"write `decoder: {names[0]}`; the decoders are {', '.join(names)}"
            yield _problem(
                root, place, "there are several decoders, and the metric names none", hint
            )
        elif spec.decoder not in names:
            hint = advice(spec.decoder, names)
            yield _problem(root, place, f"there is no decoder '{spec.decoder}'", hint)


def _problem(root: Node, path: KeyPath, message: str, hint: str = "") -> CalibrateError:
    node, _ = deepest(root, path)
    return CalibrateError(message, node.place.where(path), hint)
