import pytest

from calibrate.config.load import load_config
from calibrate.config.schema import Model
from calibrate.context.load_source import digest_source, load_source
from calibrate.errors import CalibrateError
from calibrate.models.fingerprint import fingerprint
from calibrate.models.model_files import digest_files
from calibrate.models.read import read_model


def test_a_file_is_read_as_it_is(job):
    resolved = load_config(job)
    path = resolved.config.model.path
    assert fingerprint(load_source(resolved)) == fingerprint(read_model(path))
    assert digest_source(resolved.config.model) == digest_files(path)


def function(folder, reference="network.py:build", **settings):
    return digest_source(Model.model_validate({"path": folder / reference, **settings}))


def test_a_function_counts_by_its_module_arguments_and_weights(tmp_path):
    module, weights = tmp_path / "network.py", tmp_path / "weights.pt"
    module.write_text("def build(depth=1): ...")
    weights.write_bytes(b"one")
    digests = [
        function(tmp_path),
        function(tmp_path, arguments={"depth": 2}),
        function(tmp_path, weights=weights),
    ]
    weights.write_bytes(b"two")
    digests.append(function(tmp_path, weights=weights))
    module.write_text("def build(depth=2): ...")
    digests.append(function(tmp_path))
    assert len(set(digests)) == len(digests)
    assert function(tmp_path) == digests[-1]


def test_a_function_of_no_module_is_refused(tmp_path):
    with pytest.raises(CalibrateError, match="there is no such module") as caught:
        function(tmp_path, "missing.py:build")
    assert caught.value.where == "model.path: missing.py:build"
