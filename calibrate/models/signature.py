"""Signatures of certified models: Ed25519 by `cryptography`, over a digest."""

import base64
import binascii
from pathlib import Path
from typing import TYPE_CHECKING

from calibrate.core.regular_file import read_regular
from calibrate.core.text import shown
from calibrate.errors import CalibrateError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_LARGEST_KEY = 1 << 20
_CONTEXT = b"calibrate certified model\n"
"""Precedes the digest, so that a signature of something else is none of a certified model."""


def sign(digest: str, key: "Ed25519PrivateKey") -> str:
    """The signature of a digest, in base64; the same each time."""
    return base64.b64encode(key.sign(_CONTEXT + digest.encode())).decode()


def is_signed_by(digest: str, signature: str, key: "Ed25519PublicKey") -> bool:
    """Whether a signature of the digest was made with the private half of the key."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # optional

    try:
        key.verify(base64.b64decode(signature, validate=True), _CONTEXT + digest.encode())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def read_private_key(path: Path) -> "Ed25519PrivateKey":
    """A key to sign with, as `openssl genpkey -algorithm ed25519` writes it.

    Raises:
        CalibrateError: there is no such file, or it holds no unencrypted Ed25519 key in PEM.
    """
    _require()
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # optional
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(_key_file(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(path, "private", "openssl genpkey -algorithm ed25519") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, "private", "openssl genpkey -algorithm ed25519")
    return key


def read_public_key(path: Path) -> "Ed25519PublicKey":
    """A key to check signatures with, as `openssl pkey -pubout` writes it.

    Raises:
        CalibrateError: there is no such file, or it holds no public Ed25519 key in PEM.
    """
    _require()
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  # optional
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    try:
        key = load_pem_public_key(_key_file(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key(path, "public", "openssl pkey -in key.pem -pubout") from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path, "public", "openssl pkey -in key.pem -pubout")
    return key


def _require() -> None:
    try:
        import cryptography  # noqa: F401, PLC0415  # optional
    except ImportError as error:
        raise CalibrateError(
            "signatures need the package cryptography, which is not installed",
            hint="pip install 'openvino-calibrate[sign]'",
        ) from error


def _key_file(path: Path) -> bytes:
    try:
        return read_regular(path, _LARGEST_KEY)
    except OSError as error:
        raise CalibrateError(f"the key cannot be read: {error.strerror}", shown(path)) from error


def _no_key(path: Path, kind: str, command: str) -> CalibrateError:
    return CalibrateError(
        f"this is no {kind} Ed25519 key in PEM without a password",
        shown(path),
        f"`{command}` writes one",
    )
