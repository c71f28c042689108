"""Personal fields at rest, with blind indexes to find them by.

What is sealed can be opened with any of the encryption keys, so a new key is put in front, old rows are
rotated, and the old key is dropped. Blind indexes hang on a key of their own and outlive all of that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Sequence

import phonenumbers
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HOME_REGION = "DE"
"""Where a number without a country code is dialled from."""

TAIL_DIGITS = 8
"""Last digits that name the same person however the number was written (incidents, section 4)."""

_KEY_BYTES = 32
_NO_TIMESTAMP = 0
"""A token needs no birth date: it would tell when a row was written, and nothing here asks the wall clock."""


class VaultError(Exception):
    """Something could not be opened, or the vault was given no usable secret."""


class Vault:
    """Seals and opens personal fields, and makes blind indexes of them.

    Args:
        encryption_keys: Secrets, newest first: the first seals, every one opens.
        index_key: Secret of the blind indexes; changing it loses every index.

    Raises:
        VaultError: If there is no encryption key, or a secret is empty.
    """

    def __init__(self, encryption_keys: Sequence[str], index_key: str) -> None:
        if not encryption_keys:
            raise VaultError("at least one encryption key is needed")
        if not index_key or not all(encryption_keys):
            raise VaultError("an empty secret protects nothing")
        self._fernet = MultiFernet([Fernet(_fernet_key(secret)) for secret in encryption_keys])
        self._index_key = _derive(index_key, b"askpro blind index")

    def __repr__(self) -> str:
        return "Vault(***)"

    def seal(self, text: str) -> str:
        """Return `text` encrypted with the newest key; never twice the same."""
        return self._fernet.encrypt_at_time(text.encode(), _NO_TIMESTAMP).decode("ascii")

    def open(self, token: str) -> str:
        """Return what `seal` was given; raises VaultError if no key fits or the token was changed."""
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken as error:
            raise VaultError("no key opens this value, or it was changed") from error

    def seal_optional(self, text: str | None) -> str | None:
        """Return `text` sealed, None for None."""
        return None if text is None else self.seal(text)

    def open_optional(self, token: str | None) -> str | None:
        """Return `token` opened, None for None."""
        return None if token is None else self.open(token)

    def rotate(self, token: str) -> str:
        """Return the same content sealed with the newest key; raises VaultError as `open` does."""
        try:
            return self._fernet.rotate(token).decode("ascii")
        except InvalidToken as error:
            raise VaultError("no key opens this value, or it was changed") from error

    def phone_index(self, phone: str | None) -> str | None:
        """Return the blind index of a number; None when it has no digits ("anonymous" is nobody's number)."""
        return self._index("phone", normalise_phone(phone))

    def phone_tail_index(self, phone: str | None) -> str | None:
        """Return the blind index of the last eight digits; None for a number shorter than that."""
        number = normalise_phone(phone)
        digits = "" if number is None else number.lstrip("+")
        return self._index("phone tail", digits[-TAIL_DIGITS:] if len(digits) >= TAIL_DIGITS else None)

    def call_index(self, retell_call_id: str) -> str:
        """Return the blind index that stands for a caller who hides his number: that of his call."""
        return hmac.new(self._index_key, f"call:{retell_call_id}".encode(), hashlib.sha256).hexdigest()

    def email_index(self, email: str | None) -> str | None:
        """Return the blind index of an address, whatever its case; None for none."""
        return self._index("email", normalise_email(email))

    def _index(self, kind: str, text: str | None) -> str | None:
        if text is None:
            return None
        return hmac.new(self._index_key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def normalise_phone(phone: str | None) -> str | None:
    """Return a number as E.164, its bare digits if it cannot be read as one, None without any digit."""
    if phone is None:
        return None
    try:
        parsed = phonenumbers.parse(phone, HOME_REGION)
    except phonenumbers.NumberParseException:
        return "".join(character for character in phone if character in "0123456789") or None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def normalise_email(email: str | None) -> str | None:
    """Return an address trimmed, in one Unicode form and without case; None for an empty one."""
    if email is None:
        return None
    return unicodedata.normalize("NFC", email).strip().casefold() or None


def _fernet_key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(_derive(secret, b"askpro personal fields"))


def _derive(secret: str, purpose: bytes) -> bytes:
    """Return a key for one purpose. Secrets are random strings of a machine, so no slow hash is needed."""
    return HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(secret.encode())
