"""A signature is over both files of an IR: each edit of any byte ends it."""

import re
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openvino import opset13 as ops

from calibrate.errors import CalibrateError
from calibrate.models.certificate import certificate_of, certify, changed_part
from calibrate.models.read import read_model
from calibrate.models.signed_file import is_file_signed_by, sign_file
from calibrate.models.write import write_model
from tests.fixtures.certificates import certificate

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNATURE = re.compile(r'<signature value="[^"]*" />')


def network() -> ov.Model:
    image = ops.parameter([1, 4], np.float32, name="image")
    image.output(0).set_names({"image"})
    model = ov.Model([ops.add(image, np.arange(4, dtype=np.float32), name="sum")], [image], "one")
    model.set_rt_info("cat dog", ["model_info", "labels"])
    model.set_rt_info("mixed", ["nncf", "quantization", "preset"])
    certify(model, certificate())
    return model


@pytest.fixture(scope="module")
def signed(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("signed") / "model.xml"
    write_model(network(), path, finish=partial(sign_file, key=KEY))
    return path


@pytest.fixture
def copied(signed, tmp_path) -> Path:
    for file in (signed, signed.with_suffix(".bin")):
        shutil.copy(file, tmp_path)
    return tmp_path / signed.name


def test_the_signed_model_is_read_as_it_was(copied):
    model = read_model(copied)
    assert changed_part(model, certificate_of(model)) is None
    assert is_file_signed_by(copied, KEY.public_key())
    assert not is_file_signed_by(copied, Ed25519PrivateKey.generate().public_key())


def values(text: str) -> list[tuple[int, int]]:
    """Where each value of an attribute begins and ends, the signature's left out."""
    signature = SIGNATURE.search(text)
    places = [match.span(1) for match in re.finditer(r'="([^"]*)"', text)]
    return [place for place in places if not signature.start() < place[0] < signature.end()]


def test_each_value_is_bound(copied):
    text = copied.read_text()
    places = values(text)
    assert len(places) > 50
    for start, end in places:
        copied.write_text(f"{text[:start]}{text[start:end]}0{text[end:]}")
        assert not is_file_signed_by(copied, KEY.public_key()), text[start - 30 : end]


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("accuracy@1", "accuracy@2", 1),
        lambda text: text.replace("</calibrate>", '<more value="1" /></calibrate>'),
        lambda text: text.replace("</calibrate>", f"{SIGNATURE.search(text)[0]}</calibrate>"),
        lambda text: text.replace("</net>", "<!-- -->\n</net>"),
        lambda text: text + " ",
        lambda text: SIGNATURE.sub("", text),
        lambda text: SIGNATURE.sub('<signature value="" />', text),
        lambda text: text.replace('<signature value="', '<signature value="A'),
    ],
)
def test_edits_of_the_text(copied, edit):
    text = copied.read_text()
    assert edit(text) != text
    copied.write_text(edit(text))
    assert not is_file_signed_by(copied, KEY.public_key())


@pytest.mark.parametrize("edit", [lambda data: data + b"\0", lambda data: data[:-1] + b"\1"])
def test_edits_of_the_weights(copied, edit):
    weights = copied.with_suffix(".bin")
    weights.write_bytes(edit(weights.read_bytes()))
    assert not is_file_signed_by(copied, KEY.public_key())


def test_a_model_without_certificate_is_not_signed(tmp_path):
    path = tmp_path / "model.xml"
    path.write_text("<net></net>")
    with pytest.raises(CalibrateError, match="no certificate to sign"):
        sign_file(path, KEY)
