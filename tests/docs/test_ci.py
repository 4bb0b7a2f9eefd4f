"""The CI files: valid by their schemas, and their shell steps run against pretended tools."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from calibrate.cli.run import run_command

CI = Path(__file__).parents[2] / "docs" / "ci"
REPORT = "### ✅ WITHIN BUDGET: model\n"
FAKE_CALIBRATE = """#!/usr/bin/env bash
printf '%s\\n' "$@" >arguments
while [ $# -gt 0 ]; do case "$1" in --output-dir) out=$2; shift;; esac; shift; done
mkdir -p "$out/work"
[ -f report_to_write ] && cp report_to_write "$out/report.md"
[ -f batch_to_write ] && cp batch_to_write "$out/batch.md"
exit "$(cat code)"
"""
FAKE_GH = """#!/usr/bin/env bash
printf '%s ' "$@" >>gh_calls; echo >>gh_calls
case "$*" in *--paginate*) cat comments 2>/dev/null || true;; esac
"""
FAKE_CURL = """#!/usr/bin/env bash
printf '%s ' "$@" >>curl_calls; echo >>curl_calls
case "$*" in *per_page*) cat notes 2>/dev/null || echo '[]';; esac
"""


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("vendor.github-actions", "action.yml"),
        ("vendor.github-workflows", "github.yml"),
        ("vendor.github-workflows", "../../.github/workflows/tests.yml"),
        ("vendor.github-workflows", "../../.github/workflows/docs.yml"),
        ("vendor.github-workflows", "../../.github/workflows/nightly.yml"),
        ("vendor.github-workflows", "../../.github/workflows/release.yml"),
    ],
)
def test_files_are_valid_by_their_schemas(schema, name):
    check_schema(schema, CI / name)


def test_the_gitlab_job_is_valid_by_its_schema(tmp_path):
    """A component is two documents: its inputs, and the job."""
    header, _, job = (CI / "gitlab.yml").read_text(encoding="utf-8").partition("\n---\n")
    (tmp_path / "job.yml").write_text(job, encoding="utf-8")
    check_schema("vendor.gitlab-ci", tmp_path / "job.yml")
    assert set(yaml.safe_load(header)["spec"]["inputs"]) == {
        "configs",
        "output-dir",
        "arguments",
        "version",
        "stage",
    }


def check_schema(schema: str, path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


class Runner:
    """A folder in which the shell steps of a CI file run, with pretended tools on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps: dict[str, str] = {}
        tools = folder / "tools"
        tools.mkdir()
        for name, text in (("calibrate", FAKE_CALIBRATE), ("gh", FAKE_GH), ("curl", FAKE_CURL)):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        self.environment = {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "OUTPUT": "out",
            "CONFIGS": "calibrate.yaml",
            "ARGUMENTS": "--set search.timeout=60",
            "BASELINE": "",
            "GITHUB_OUTPUT": str(folder / "github_output"),
            "GITHUB_STEP_SUMMARY": str(folder / "step_summary"),
            "RUNNER_TEMP": str(folder),
        }

    def calibration_ends(self, code: int, report: str | None) -> None:
        """What the pretended `calibrate run` does."""
        (self.folder / "code").write_text(str(code))
        (self.folder / "report_to_write").unlink(missing_ok=True)
        if report is not None:
            (self.folder / "report_to_write").write_text(report)

    def run(self, script: str, **variables: str) -> int:
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment | variables,
            check=False,
            capture_output=True,
        ).returncode

    def outputs(self) -> dict[str, str]:
        lines = (self.folder / "github_output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""


@pytest.fixture
def github(tmp_path) -> Runner:
    runner = Runner(tmp_path)
    action = yaml.safe_load((CI / "action.yml").read_text(encoding="utf-8"))
    runner.steps = {step["name"]: step["run"] for step in action["runs"]["steps"] if "run" in step}
    return runner


def pull_request(runner: Runner) -> int:
    """All steps of the action in order; the exit code of the last one."""
    (runner.folder / "github_output").write_text("")
    (runner.folder / "step_summary").write_text("")
    assert runner.run(runner.steps["Calibrate"]) == 0
    code = runner.outputs()["code"]
    assert runner.run(runner.steps["Summary"], CODE=code) == 0
    outputs = runner.outputs()
    comment = {"SUMMARY": outputs["file"], "MARKER": outputs["marker"]}
    assert runner.run(runner.steps["Comment"], REPOSITORY="a/b", NUMBER="7", **comment) == 0
    assert runner.run(runner.steps["Bound the cache"], LIMIT="100") == 0
    return runner.run(runner.steps["Verdict"], CODE=code)


def test_a_first_run_comments_once(github):
    github.calibration_ends(0, REPORT)
    assert pull_request(github) == 0
    assert github.text("arguments").splitlines()[:2] == ["run", "calibrate.yaml"]
    assert "search.timeout=60" in github.text("arguments")
    words = github.text("arguments").splitlines()[1:]
    run_command.make_parser(click.Context(run_command)).parse_args(words)
    assert REPORT.strip() in github.text("step_summary")
    assert "--method POST repos/a/b/issues/7/comments" in github.text("gh_calls")


def test_a_second_run_that_fails_leaves_nothing_green(github):
    github.calibration_ends(0, REPORT)
    pull_request(github)
    (github.folder / "comments").write_text("42\n")
    github.calibration_ends(1, None)
    assert pull_request(github) == 1
    assert not (github.folder / "out" / "report.md").exists()
    assert "✅" not in github.text("step_summary")
    assert "❌ calibrate ended without a report (exit code 1)" in github.text("step_summary")
    assert "--method PATCH repos/a/b/issues/comments/42" in github.text("gh_calls").splitlines()[-1]


def test_a_regression_fails_with_its_report(github):
    github.calibration_ends(4, "### ❌ WORSE THAN THE BASELINE\n")
    github.environment["BASELINE"] = "last/report.json"
    assert pull_request(github) == 4
    assert github.text("arguments").splitlines()[-2:] == ["--baseline", "last/report.json"]
    assert "**This check failed: exit code 4.**" in github.text("step_summary")


def test_the_comment_is_left_out_for_forks():
    action = yaml.safe_load((CI / "action.yml").read_text(encoding="utf-8"))
    (step,) = [step for step in action["runs"]["steps"] if step.get("name") == "Comment"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in step["if"]


def nightly(runner: Runner, code: int, summary: str | None) -> int:
    """The steps that run of the action in a workflow on a schedule, with a batch file."""
    runner.environment |= {"CONFIGS": "batch.yaml", "OUTPUT": "nightly"}
    runner.environment["ARGUMENTS"] = "--timeout 14400"
    runner.calibration_ends(code, None)
    (runner.folder / "batch_to_write").unlink(missing_ok=True)
    if summary is not None:
        (runner.folder / "batch_to_write").write_text(summary)
    for name in ("github_output", "step_summary"):
        (runner.folder / name).write_text("")
    assert runner.run(runner.steps["Calibrate"]) == 0
    ended = runner.outputs()["code"]
    assert runner.run(runner.steps["Summary"], CODE=ended) == 0
    assert runner.run(runner.steps["Bound the cache"], LIMIT="100") == 0
    return runner.run(runner.steps["Verdict"], CODE=ended)


def test_a_batch_on_a_schedule_has_its_summary(github):
    assert nightly(github, 0, "### ✅ 2 runs: 2 proven\n") == 0
    words = github.text("arguments").splitlines()[1:]
    assert words[0] == "batch.yaml"
    run_command.make_parser(click.Context(run_command)).parse_args(words)
    assert "2 runs: 2 proven" in github.text("step_summary")


@pytest.mark.parametrize(
    ("code", "summary", "shown"),
    [
        (1, None, "❌ calibrate ended without a report (exit code 1)"),
        (4, "### ❌ 2 runs: 1 worse than the baseline\n", "1 worse than the baseline"),
    ],
)
def test_a_second_batch_that_fails_leaves_nothing_green(github, code, summary, shown):
    nightly(github, 0, "### ✅ 2 runs: 2 proven\n")
    assert nightly(github, code, summary) == code
    assert shown in github.text("step_summary")
    assert "✅" not in github.text("step_summary")
    assert f"**This check failed: exit code {code}.**" in github.text("step_summary")


def test_a_scheduled_run_posts_no_comment():
    action = yaml.safe_load((CI / "action.yml").read_text(encoding="utf-8"))
    (step,) = [step for step in action["runs"]["steps"] if step.get("name") == "Comment"]
    assert "github.event_name == 'pull_request'" in step["if"]


def test_the_cache_is_bounded(github):
    models = github.folder / "out" / "work" / "models"
    models.mkdir(parents=True)
    for age in range(4):
        path = models / f"{age}.bin"
        path.write_bytes(os.urandom(1 << 20))
        os.utime(path, (1e9 + age, 1e9 + age))
    assert github.run(github.steps["Bound the cache"], LIMIT="3") == 0
    assert [path.name for path in sorted(models.iterdir())] == ["2.bin", "3.bin"]


@pytest.fixture
def gitlab(tmp_path) -> Runner:
    runner = Runner(tmp_path)
    _, job = yaml.safe_load_all((CI / "gitlab.yml").read_text(encoding="utf-8"))
    runner.steps = {part: "\n".join(job["calibrate"][part]) for part in ("script", "after_script")}
    runner.environment |= {
        "CALIBRATE_TOKEN": "secret",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_API_V4_URL": "https://gitlab.invalid/api/v4",
        "CI_PROJECT_ID": "1",
    }
    return runner


def merge_request(runner: Runner) -> int:
    code = runner.run(runner.steps["script"])
    status = "failed" if code else "success"
    assert runner.run(runner.steps["after_script"], CI_JOB_STATUS=status) == 0
    return code


def test_gitlab_updates_its_comment_and_shows_a_failure(gitlab):
    gitlab.calibration_ends(0, REPORT)
    assert merge_request(gitlab) == 0
    assert "--request POST" in gitlab.text("curl_calls")
    (gitlab.folder / "notes").write_text(
        '[{"id": 5, "body": "other"}, {"id": 9, "body": "<!-- calibrate: calibrate.yaml -->"}]'
    )
    gitlab.calibration_ends(1, None)
    assert merge_request(gitlab) == 1
    assert "✅" not in gitlab.text("out/summary.md")
    assert "--request PUT" in gitlab.text("curl_calls").splitlines()[-1]
    assert "notes/9" in gitlab.text("curl_calls").splitlines()[-1]
