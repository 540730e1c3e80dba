"""The keystore's own backup: sealed for two persons, opened by both together (CORE-70).

The folder as a tar goes into an age envelope for the first person, and that one into an envelope for the second
(age-encryption.org/v1, also read by the programs `age` and `rage`). Each person holds an age key of their own, or a
passphrase. The passphrase of the keystore is not in it: the keys inside stay encrypted under that too.
"""

import hashlib
import io
import json
import os
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pyrage

_LIST = "keys.json"


class NotOpened(RuntimeError):
    """The two persons' keys do not open it, or its content is not what it says; the message says which."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a layer is sealed for: an age public key (`age1…`), or a passphrase that the person typed."""

    recipient: str = ""
    passphrase: str = field(default="", repr=False)

    @property
    def mark(self) -> str:
        """What the journal says of it: the public key, or that it is a passphrase."""
        return self.recipient or "mật khẩu"


@dataclass(frozen=True, slots=True)
class Opener:
    """How a person opens the layer: the age secret key, or the passphrase."""

    identity: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)


def new_identity() -> tuple[str, str]:
    """A new age key of a person: secret and public part."""
    made = pyrage.x25519.Identity.generate()
    return str(made), str(made.to_public())


def seal(folder: Path, first: Person, second: Person) -> tuple[bytes, int]:
    """The keystore sealed for two different persons; returns the envelope and how many keys are inside."""
    if first == second:
        raise NotOpened("Hai người giữ phải khác nhau: khóa hoặc mật khẩu đang trùng.")
    files = (
        sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        if folder.is_dir()
        else []
    )
    keys = [path for path in files if path.suffix == ".key"]
    if not keys:
        raise NotOpened("Kho khóa trống, không có gì để sao lưu.")
    return _locked(_locked(_packed(files), first), second), len(keys)


def open_sealed(envelope: bytes, openers: tuple[Opener, Opener]) -> dict[str, bytes]:
    """The files of a sealed keystore by name; the order of the two persons does not matter. Raises NotOpened."""
    for outer, inner in (openers, openers[::-1]):
        layer = _unlocked(envelope, outer)
        if layer is None:
            continue
        content = _unlocked(layer, inner)
        if content is not None:
            return _unpacked(content)
        raise NotOpened("Người thứ hai không mở được: khóa hoặc mật khẩu không đúng.")
    raise NotOpened("Không mở được lớp ngoài: khóa hoặc mật khẩu của cả hai người đều không đúng.")


def put_back(files: dict[str, bytes], folder: Path) -> list[str]:
    """Write the files that are not there yet; returns their names. A file that differs is refused, none is written."""
    differing = [
        name for name, content in files.items() if (folder / name).exists() and (folder / name).read_bytes() != content
    ]
    if differing:
        raise NotOpened(f"Kho khóa đang có tệp khác cùng tên: {', '.join(sorted(differing))}. Chưa ghi gì.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = []
    for name, content in sorted(files.items()):
        if (folder / name).exists():
            continue
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        written.append(name)
    return written


def _packed(files: list[Path]) -> bytes:
    out = io.BytesIO()
    content = {path.name: path.read_bytes() for path in files}
    listing = {name: hashlib.sha256(body).hexdigest() for name, body in content.items()}
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, body in {_LIST: json.dumps(listing, indent=1).encode(), **content}.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(body), 0o600
            tar.addfile(info, io.BytesIO(body))
    return out.getvalue()


def _unpacked(content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for info in tar:
            body = tar.extractfile(info)
            if body is None or "/" in info.name or info.name.startswith("."):
                raise NotOpened(f"Tên tệp lạ trong bản sao kho khóa: {info.name!r}.")
            found[info.name] = body.read()
    listing = json.loads(found.pop(_LIST, b"{}"))
    if {name: hashlib.sha256(body).hexdigest() for name, body in found.items()} != listing:
        raise NotOpened("Nội dung bản sao kho khóa khác danh mục của nó.")
    return found


def _locked(content: bytes, person: Person) -> bytes:
    if person.recipient:
        try:
            recipient = pyrage.x25519.Recipient.from_str(person.recipient)
        except pyrage.RecipientError as error:
            raise NotOpened(f"{person.recipient!r} không phải khóa công khai age (age1…).") from error
        return bytes(pyrage.encrypt(content, [recipient]))
    if not person.passphrase:
        raise NotOpened("Mật khẩu của người giữ đang trống.")
    return bytes(pyrage.passphrase.encrypt(content, person.passphrase))


def _unlocked(envelope: bytes, opener: Opener) -> bytes | None:
    try:
        if opener.identity:
            identity = pyrage.x25519.Identity.from_str(opener.identity.strip())
            return bytes(pyrage.decrypt(envelope, [identity]))
        return bytes(pyrage.passphrase.decrypt(envelope, opener.passphrase))
    except (pyrage.DecryptError, pyrage.IdentityError):
        return None
