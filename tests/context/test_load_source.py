from calibrate.config.load import load_config
from calibrate.context.load_source import digest_source, load_source
from calibrate.models.fingerprint import fingerprint
from calibrate.models.model_files import digest_files
from calibrate.models.read import read_model


def test_a_file_is_read_as_it_is(job):
    resolved = load_config(job)
    path = resolved.config.model.path
    assert fingerprint(load_source(resolved)) == fingerprint(read_model(path))
    assert digest_source(resolved.config.model) == digest_files(path)
