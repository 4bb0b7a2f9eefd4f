"""Sign the two files of an IR as they stand, byte by byte, and check such a signature.

The signature is an element of the .xml, beside the certificate. It is over all other bytes of the
.xml and over the .bin: whatever is edited, added or written again by another tool ends it.
"""

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from calibrate.errors import CalibrateError
from calibrate.models.signature import is_signed_by, sign

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

_END = b"</calibrate>"
_SIGNATURE = re.compile(rb'<signature value="([A-Za-z0-9+/=]{1,200})" />(?=</calibrate>)')


def sign_file(path: Path, key: "Ed25519PrivateKey") -> None:
    """Add the signature to an .xml that holds a certificate and none yet, in place.

    Raises:
        CalibrateError: there is no certificate.
        OSError: a file cannot be read or written.
    """
    graph = path.read_bytes()
    before, end, after = graph.rpartition(_END)
    if not end:
        raise CalibrateError("there is no certificate to sign", where=str(path))
    signature = sign(_digest(graph, path.with_suffix(".bin")), key)
    path.write_bytes(b'%s<signature value="%s" />%s%s' % (before, signature.encode(), end, after))


def is_file_signed_by(path: Path, key: "Ed25519PublicKey") -> bool:
    """Whether both files of an IR are those that the private half of the key has signed.

    Raises:
        OSError: a file cannot be read.
    """
    graph = path.read_bytes()
    signatures = list(_SIGNATURE.finditer(graph))
    if len(signatures) != 1:
        return False
    unsigned = graph[: signatures[0].start()] + graph[signatures[0].end() :]
    digest = _digest(unsigned, path.with_suffix(".bin"))
    return is_signed_by(digest, signatures[0][1].decode(), key)


def _digest(graph: bytes, weights: Path) -> str:
    """Sha256 over the digests of the .xml and of the .bin."""
    joined = hashlib.sha256(hashlib.sha256(graph).digest())
    with weights.open("rb") as stream:
        joined.update(hashlib.file_digest(stream, "sha256").digest())
    return joined.hexdigest()
