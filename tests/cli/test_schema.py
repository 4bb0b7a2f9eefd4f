import json

import pytest
from click.testing import CliRunner

from calibrate.cli.schema import schema
from calibrate.config.json_schema import batch_schema, dataset_schema, run_schema


@pytest.mark.parametrize(
    ("words", "build"),
    [
        ([], run_schema),
        (["run"], run_schema),
        (["dataset"], dataset_schema),
        (["batch"], batch_schema),
    ],
)
def test_prints_the_schema(words, build):
    done = CliRunner().invoke(schema, words)
    assert done.exit_code == 0
    assert json.loads(done.stdout) == build()
