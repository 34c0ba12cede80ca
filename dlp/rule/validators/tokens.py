"""Tokens of clouds, code hosts and registries that prove themselves: by a checksum, or by what they decode to."""

from __future__ import annotations

import re
import string
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from dlp.rule.validators.encodings import base64_of_either, in_base, json_object

_LONGEST: Final = 4_096
_BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BASE36: Final = string.digits + string.ascii_lowercase
_BASE32: Final = string.ascii_uppercase + "234567"
_CRC_62: Final = 6
_CRC_36: Final = 7
_LENGTH_36: Final = 2
_ACCOUNTS: Final = 10**12
_OLD_KEY_IDS: Final = "IJ"
"""What followed the prefix of AWS key ids until 2019; these hold no account."""


def _decoded(value: str) -> bytes:
    return base64_of_either(value[:_LONGEST]) or b""


def crc32_base62(value: str) -> bool:
    """What follows the prefix ends in its own CRC-32, six digits to the base 62: tokens of GitHub and npm."""
    body = value.rpartition("_")[2]
    random, checksum = body[:-_CRC_62], body[-_CRC_62:]
    return bool(random) and checksum == in_base(zlib.crc32(random.encode()), _BASE62, _CRC_62)


def gitlab_routable(value: str) -> bool:
    """A routable token of GitLab: payload, its length, and a CRC-32 of all before, both to the base 36."""
    head, crc = value[:-_CRC_36], value[-_CRC_36:]
    length = head[-_LENGTH_36:]
    payload = re.sub(r"^[A-Za-z0-9]+-(?:t\d_)?", "", head.partition(".")[0])
    if "." not in head or length != in_base(len(payload), _BASE36, _LENGTH_36):
        return False
    return crc == in_base(zlib.crc32(head.encode()), _BASE36, _CRC_36)


def aws_key_id(value: str) -> bool:
    """An AWS key id whose account number has twelve digits at most, and which is no word in capitals."""
    body = value[4:]
    if len(body) != 16 or any(char not in _BASE32 for char in body) or len(set(body)) < 8:
        return False
    if body[0] in _OLD_KEY_IDS:
        return True
    number = 0
    for char in body:
        number = number << 5 | _BASE32.index(char)
    return (number >> 39) & (2**40 - 1) < _ACCOUNTS


def aws_ses_password(value: str) -> bool:
    """A signature of 32 bytes behind the number of its version, as the mail service of AWS takes for a password."""
    data = _decoded(value)
    return len(data) == 33 and data[0] == 4 and len(set(data[1:])) > 16


def aws_bedrock_key(value: str) -> bool:
    """Base64 that says so of itself, in the long-term form and in the short-term one."""
    if value.startswith("ABSK"):
        return _decoded(value[4:]).startswith(b"BedrockAPIKey-")
    return _decoded(value.removeprefix("bedrock-api-key-")).startswith(b"bedrock.amazonaws.com/")


def aws_registry_password(value: str) -> bool:
    """What `aws ecr get-login-password` prints: base64 of JSON with an encrypted payload."""
    return _decoded(value).lstrip().startswith(b'{"payload"')


def aws_cluster_token(value: str) -> bool:
    """A token for a Kubernetes cluster of AWS: a presigned URL in base64."""
    return _decoded(value.removeprefix("k8s-aws-v1.")).startswith(b"https://sts.")


def pypi_macaroon(value: str) -> bool:
    """`pypi-` and a macaroon of the second version: location, identifier, caveats, a signature of 32 bytes."""
    data = _decoded(value.removeprefix("pypi-"))
    if not data.startswith(b"\x02"):
        return False
    at, kinds = 1, []
    while at + 1 < len(data):
        kind = data[at]
        if kind == 0:
            kinds.append(kind)
            at += 1
            continue
        size, at = _varint(data, at + 1)
        if kind not in (1, 2, 4, 6) or at + size > len(data):
            return False
        if kind == 6:
            return size == 32 and at + size == len(data) and kinds[:3] == [1, 2, 0] and kinds[-1] == 0
        kinds.append(kind)
        at += size
    return False


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number in seven-bit groups, and where it ends; too large for any data if it does not end."""
    number = 0
    for shift in range(0, 35, 7):
        if at >= len(data):
            break
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return number, at
    return _LONGEST**2, at


def cloudflare_tunnel(value: str) -> bool:
    """Base64 of JSON: account, tunnel, secret."""
    fields = json_object(_decoded(value)) or {}
    return all(isinstance(fields.get(name), str) for name in "ats")


def jfrog_reference(value: str) -> bool:
    """A reference token of JFrog: base64 of `reftkn:01:`, when it ends, and what it refers to."""
    return re.match(rb"reftkn:\d{2}:\d{10}:[\w-]+", _decoded(value)) is not None


def teamcity_token(value: str) -> bool:
    """Three parts in base64: a header that names TeamCity's own kind, an identity, a secret."""
    parts = value.split(".")
    return len(parts) == 3 and b'"TCV2"' in _decoded(parts[0]) and len(_decoded(parts[2])) >= 16


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "aws-bedrock-key": aws_bedrock_key,
    "aws-cluster-token": aws_cluster_token,
    "aws-key-id": aws_key_id,
    "aws-registry-password": aws_registry_password,
    "aws-ses-password": aws_ses_password,
    "cloudflare-tunnel": cloudflare_tunnel,
    "crc32-base62": crc32_base62,
    "gitlab-routable": gitlab_routable,
    "jfrog-reference": jfrog_reference,
    "pypi-macaroon": pypi_macaroon,
    "teamcity-token": teamcity_token,
}
