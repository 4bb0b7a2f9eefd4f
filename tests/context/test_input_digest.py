import os
import shutil

import numpy as np
import pytest

from calibrate.config.load import load_config
from calibrate.context.cache_keys import component_digest
from calibrate.context.input_digest import input_digest
from calibrate.decoders.ssd_raw import SsdRaw
from calibrate.errors import CalibrateError


def digest(job):
    return input_digest(load_config(job))


def test_a_project_may_be_moved(make_job, tmp_path):
    job = make_job()
    before = digest(job)
    moved = tmp_path / "elsewhere" / "moved"
    moved.parent.mkdir()
    shutil.move(job.parent, moved)
    assert digest(moved / job.name) == before


@pytest.mark.parametrize("name", ["model.xml", "model.bin", "data.npz"])
def test_a_changed_file_of_the_same_size_and_date_is_noticed(make_job, name):
    job = make_job()
    before = digest(job)
    path = job.parent / name
    status, content = path.stat(), bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert digest(job) != before


def test_a_file_that_a_decoder_reads_counts_by_its_content(tmp_path):
    def decoder(folder, value):
        folder.mkdir(exist_ok=True)
        np.save(folder / "priors.npy", np.full((4, 4), value, np.float32))
        return SsdRaw(priors_file=folder / "priors.npy")

    first = component_digest(decoder(tmp_path / "a", 1.0))
    assert component_digest(decoder(tmp_path / "b", 1.0)) == first
    assert component_digest(decoder(tmp_path / "a", 2.0)) != first


def test_a_folder_of_images_counts_by_names_sizes_and_dates(job):
    before = digest(job)
    image = job.parent / "data" / "red" / "3.png"
    status, content = image.stat(), image.read_bytes()
    os.utime(image, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert digest(job) != before
    os.utime(image, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert digest(job) == before
    (image.parent / "new.png").write_bytes(content)
    assert digest(job) != before


def test_a_model_that_is_gone_is_named(job):
    resolved = load_config(job)
    resolved.config.model.path.unlink()
    with pytest.raises(CalibrateError, match=r"model\.xml"):
        input_digest(resolved)
