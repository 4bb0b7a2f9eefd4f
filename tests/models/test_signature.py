import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from calibrate.errors import CalibrateError
from calibrate.models.signature import is_signed_by, read_private_key, read_public_key, sign

DIGEST = "5" * 64


def pem(key, encryption=None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture
def keys(tmp_path):
    """Files with a key and with its public half."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    (tmp_path / "key.pem").write_bytes(pem(key))
    (tmp_path / "public.pem").write_bytes(public_pem(key))
    return tmp_path / "key.pem", tmp_path / "public.pem"


def test_what_one_half_signs_the_other_confirms(keys):
    signature = sign(DIGEST, read_private_key(keys[0]))
    public = read_public_key(keys[1])
    assert signature == sign(DIGEST, read_private_key(keys[0]))
    assert is_signed_by(DIGEST, signature, public)
    assert not is_signed_by("6" * 64, signature, public)
    other = ed25519.Ed25519PrivateKey.generate()
    assert not is_signed_by(DIGEST, sign(DIGEST, other), public)


@pytest.mark.parametrize("signature", ["", "x", "!!!!", "c2lnbmVk", "ü" * 88, "A" * 88])
def test_what_is_no_signature(keys, signature):
    assert not is_signed_by(DIGEST, signature, read_public_key(keys[1]))


CURVE = ec.generate_private_key(ec.SECP256R1())
LOCKED = pem(ed25519.Ed25519PrivateKey.generate(), BestAvailableEncryption(b"word"))


@pytest.mark.parametrize("content", [b"", b"no key", pem(CURVE), LOCKED, public_pem(CURVE)])
@pytest.mark.parametrize("read", [read_private_key, read_public_key])
def test_what_is_no_key(tmp_path, read, content):
    (tmp_path / "key.pem").write_bytes(content)
    with pytest.raises(CalibrateError, match="Ed25519 key in PEM without a password"):
        read(tmp_path / "key.pem")


def test_a_key_that_is_not_there(tmp_path):
    with pytest.raises(CalibrateError, match="the key cannot be read: No such file"):
        read_private_key(tmp_path / "key.pem")
