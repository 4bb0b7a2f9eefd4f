"""The model that a run writes: with the source's shapes and states, certified, signed."""

from functools import partial
from pathlib import Path

import openvino as ov

from calibrate.config.resolved import Resolved
from calibrate.context.dynamic_shapes import OpenedModel, open_dimensions
from calibrate.context.existing_result import ExistingResult
from calibrate.context.run_context import RunContext, original_model
from calibrate.context.stateful import with_state
from calibrate.models.certificate import certificate_of, certify
from calibrate.models.names import operations_of
from calibrate.models.sequences import SEQUENCE
from calibrate.models.signature import read_private_key
from calibrate.models.signed_file import sign_file
from calibrate.models.write import write_model
from calibrate.report.schema import Report
from calibrate.report_builder.certificate import certificate


def opened_model(context: RunContext, result: ov.Model) -> OpenedModel:
    """Return the model to write: with the source's states or open dimensions, if it has any."""
    baseline, tensors = context.baseline, context.data.tensors
    if SEQUENCE in operations_of(baseline.source):
        return with_state(baseline, tensors, result, original=original_model(context.resolved))
    return open_dimensions(baseline, tensors, result, keep=context.config.model.keep_dynamic)


def is_written(existing: ExistingResult, model: ov.Model, key: Path | None) -> bool:
    """Return whether this model with this certificate is written already; never if it is signed."""
    content = certificate_of(model)
    return key is None and content is not None and content["content"] == existing.content


def certified_copy(model: ov.Model, report: Report, resolved: Resolved) -> ov.Model:
    """Return a copy of the model with its certificate."""
    written = model.clone()
    content = certificate(report, resolved.path.parent)
    # The recorded config contains variables, not their values.
    certify(written, {**content, "config_digest": resolved.digest})
    return written


def write_certified(model: ov.Model, path: Path, key: Path | None) -> None:
    """Write a certified model, signed if the file of a private key is given."""
    if key is None:
        write_model(model, path)
    else:
        write_model(model, path, finish=partial(sign_file, key=read_private_key(key)))
