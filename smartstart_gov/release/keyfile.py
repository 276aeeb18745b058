"""Keys of people who sign: Ed25519, on disk behind a passphrase. The only door of cryptography.

Whoever keeps keys elsewhere (a key service, a token) hands in any signer of securesystemslib; nothing here is asked then.
"""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from smartstart_gov.errors import Refused
from smartstart_gov.storage import write_file

if TYPE_CHECKING:
    from securesystemslib.signer import Key
    from securesystemslib.signer import Signer as Signer

#: Shorter passphrases are refused; there is no other rule, because length is what counts (NIST SP 800-63B).
SHORTEST_PASSPHRASE = 12
#: So many times a passphrase is hashed: what OWASP asks of PBKDF2 with HMAC-SHA256. Files with fewer are still opened.
ROUNDS = 600_000
#: Object identifiers in DER (RFC 8018, appendix C; NIST for AES).
_PBES2, _PBKDF2, _HMAC_SHA256, _AES_256_CBC = map(
    bytes.fromhex, ("06092a864886f70d01050d", "06092a864886f70d01050c", "06082a864886f70d0209", "060960864801650304012a")
)
#: No key file has more bytes.
_LARGEST = 1 << 14


def make_key(path: Path | str, passphrase: str) -> str:
    """Write a new Ed25519 key to `path`, encrypted with `passphrase` and readable by its owner alone.

    Parameters
    ----------
    path : Path or str
        A new file, outside the project: a key does not belong in version control.
    passphrase : str
        At least 12 characters.

    Returns
    -------
    str
        The public key, 64 hexadecimal digits: what a root file has under a person's keys.

    Raises
    ------
    Refused
        A08 for a short passphrase, R03 where the file exists, R01 where the disk does not take it.

    References
    ----------
    RFC 8032 (Ed25519), RFC 8018 (PBES2). OWASP Password Storage Cheat Sheet: the rounds of PBKDF2 with HMAC-SHA256.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     len(make_key(f"{folder}/owner.key", "correct horse battery"))
    64
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = Path(path)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        what = f"The passphrase has {len(passphrase)} characters."
        raise Refused("A08", what, "Argument passphrase", f"Use at least {SHORTEST_PASSPHRASE}; several words are easiest.")
    if os.path.lexists(path):
        raise Refused(
            "R03", f"There is a file {path.name!r} already.", str(path), "Choose another name: no key is overwritten."
        )
    key = Ed25519PrivateKey.generate()
    plain = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_file(path, _locked(plain, passphrase.encode()))
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return key.public_key().public_bytes_raw().hex()


def _locked(plain: bytes, passphrase: bytes) -> bytes:
    """Return the key `plain` as an encrypted PKCS #8 file, which any OpenSSL opens.

    cryptography writes the same file with 2048 rounds, and takes no other number for this format.
    """
    from cryptography.hazmat.primitives import hashes, padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    salt, start = os.urandom(16), os.urandom(16)
    secret = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt, iterations=ROUNDS).derive(passphrase)
    padder, encryptor = padding.PKCS7(128).padder(), Cipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
    hidden = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    derivation = _sequence(_PBKDF2, _sequence(_der(4, salt), _der(2, ROUNDS.to_bytes(3)), _sequence(_HMAC_SHA256, _der(5))))
    scheme = _sequence(_PBES2, _sequence(derivation, _sequence(_AES_256_CBC, _der(4, start))))
    text = base64.b64encode(_sequence(scheme, _der(4, hidden)))
    lines = b"".join(text[at : at + 64] + b"\n" for at in range(0, len(text), 64))
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n" + lines + b"-----END ENCRYPTED PRIVATE KEY-----\n"


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, *parts)


def _der(tag: int, *parts: bytes) -> bytes:
    """Return one element of DER of fewer than 256 bytes: nothing here is longer."""
    content = b"".join(parts)
    return bytes([tag, *([0x81] if len(content) > 127 else []), len(content)]) + content


def read_key(path: Path | str, passphrase: str) -> Signer:
    """Return the signer whose key is in `path`.

    Raises
    ------
    Refused
        U01 where there is no such file, A08 for another passphrase, another kind of key, or what is no key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from securesystemslib.signer import CryptoSigner

    path = Path(path)
    if not path.is_file() or path.stat().st_size > _LARGEST:
        raise Refused("U01", f"There is no key file {path.name!r}.", str(path), "Make one: smartstart-gov keys new FILE.")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        remedy = "Give the passphrase of this key; a key without one is not taken."
        raise Refused("A08", "The key cannot be opened with this passphrase.", str(path), remedy) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise Refused("A08", "The key is no Ed25519 key.", str(path), "Make one: smartstart-gov keys new FILE.")
    return CryptoSigner(key)


def public_key(digits: str) -> Key:
    """Return the public key of 64 hexadecimal `digits`; ValueError for what is none."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from securesystemslib.signer import SSlibKey

    return SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(bytes.fromhex(digits)))


def digits_of(signer: Signer) -> str:
    """Return the public key of `signer` as 64 hexadecimal digits."""
    from securesystemslib.signer import SSlibKey

    key = getattr(signer, "public_key", None)
    if not isinstance(key, SSlibKey) or key.keytype != "ed25519":
        raise Refused("A08", "The signer's key is no Ed25519 key.", "Argument signer", "Sign with an Ed25519 key.")
    found: str = key.keyval["public"]
    return found
