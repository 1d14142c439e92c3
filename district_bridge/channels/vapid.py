"""The bridge's own key for web push (RFC 8292), made when it is first needed, kept in the data folder."""

import base64
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from district_bridge.deployment import OWNER_ONLY, DeploymentError

if TYPE_CHECKING:
    from pathlib import Path


def file() -> Path:
    """Where it is. Several servers of one district need the same file, or subscriptions hold for one only."""
    folder: Path = settings.DEPLOYMENT.folder
    return folder / "vapid_key.pem"


def private_key() -> ec.EllipticCurvePrivateKey:
    """The key; of two processes that make it at once the first one's counts."""
    path = file()
    if not path.exists():
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        beside = path.with_suffix(f".{os.getpid()}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "wb") as handle:
            handle.write(pem)
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise DeploymentError(f"{path} does not hold a P-256 key")
    return key


def public_key() -> str:
    """What a browser needs to subscribe: the uncompressed point, base64url without padding."""
    raw = private_key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
