"""Write a proposed config only if it passes `calibrate check`."""

import json
from pathlib import Path

from calibrate.commands.check import check
from calibrate.commands.new.proposal import Proposal
from calibrate.commands.new.yaml import SCHEMA, config_yaml, flow_yaml
from calibrate.config.json_schema import run_schema
from calibrate.config.load import load_config
from calibrate.errors import CalibrateError, Problems, ProblemsSummary
from calibrate.models.write import write_text


def write_checked(proposal: Proposal, output: Path) -> None:
    """Write the config, and the schema for editors beside it; or nothing.

    Args:
        proposal: the proposed config.
        output: the file; its folder holds a draft while it is checked.

    Raises:
        CalibrateError: the config does not pass `check`; the hint contains the draft.
    """
    text = config_yaml(proposal, output.parent)
    draft = output.with_name(f".{output.stem}.draft.yaml")
    write_text(text, draft)
    better = ""
    try:
        report = check(load_config(draft))
        problems = [CalibrateError(problem) for problem in report.problems]
        better = "".join(f" {sentence}." for sentence in report.better)
    except CalibrateError as error:
        found = error.problems if isinstance(error, Problems) else (error,)
        problems = [_at(problem, draft.name, output.name) for problem in found]
    finally:
        draft.unlink(missing_ok=True)
    if problems:
        summary = ProblemsSummary(
            "the proposed config does not pass `calibrate check`",
            where=str(output),
            hint=_hint(proposal, output.parent) + better,
        )
        raise Problems([*problems, summary])
    write_text(text, output)
    schema = output.with_name(SCHEMA)
    if not schema.exists():
        write_text(json.dumps(run_schema(), indent=2) + "\n", schema)


def _at(problem: CalibrateError, draft: str, name: str) -> CalibrateError:
    """Return a problem with the name of the file instead of the draft's, which is removed."""
    kind = ProblemsSummary if isinstance(problem, ProblemsSummary) else CalibrateError
    return kind(
        problem.message.replace(draft, name), problem.where.replace(draft, name), problem.hint
    )


_NO_SCALE = (
    "the model's numbers may be in another unit than the targets, if it was trained on scaled "
    "targets: set `scale` and `offset` of the decoder, `{type: regression, scale: 100, "
    "offset: 0}`"
)


def _hint(proposal: Proposal, folder: Path) -> str:
    section = {key: proposal.content[key] for key in ("dataset", "preprocessing", "decoder")}
    doubts = "".join(f" Look at this: {doubt}" for doubt in proposal.doubts)
    tried = f"nothing is written; this was tried: {flow_yaml(section, folder)}.{doubts}"
    if section["decoder"]["type"] == "regression":
        return f"{_NO_SCALE}; {tried}"
    return tried
