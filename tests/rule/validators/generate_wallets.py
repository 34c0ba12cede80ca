"""Valid addresses and keys of cryptocurrencies, encoded independently of what checks them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import random
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dlp.rule.validators.bip39_words import WORDS
from dlp.rule.validators.keccak import keccak256

Chance = random.Random

BITCOIN: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
XRP: Final = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def base58(data: bytes, alphabet: str = BITCOIN) -> str:
    total, out = int.from_bytes(data, "big"), ""
    while total:
        total, rest = divmod(total, 58)
        out = alphabet[rest] + out
    return alphabet[0] * (len(data) - len(data.lstrip(b"\0"))) + out


def base58check(data: bytes, alphabet: str = BITCOIN) -> str:
    check = hashlib.sha256(hashlib.sha256(data).digest()).digest()[:4]
    return base58(data + check, alphabet)


def fives(data: bytes) -> list[int]:
    bits = "".join(f"{each:08b}" for each in data)
    return [int(bits[at : at + 5].ljust(5, "0"), 2) for at in range(0, len(bits), 5)]


def polymod(values: Sequence[int]) -> int:
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            total ^= generator if top >> place & 1 else 0
    return total


def bech32(prefix: str, values: Sequence[int], constant: int = 1) -> str:
    spread = [ord(each) >> 5 for each in prefix] + [0] + [ord(each) & 31 for each in prefix]
    left = polymod([*spread, *values, 0, 0, 0, 0, 0, 0]) ^ constant
    check = [left >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1{''.join(BECH32[each] for each in [*values, *check])}"


def bitcoin_bech32(chance: Chance) -> str:
    if chance.random() < 0.5:
        return bech32("bc", [0, *fives(chance.randbytes(20))])
    return bech32("bc", [1, *fives(chance.randbytes(32))], 0x2BC830A3)


def ethereum(chance: Chance) -> str:
    address = chance.randbytes(20).hex()
    hashed = keccak256(address.encode()).hex()
    return "0x" + "".join(each.upper() if mark > "7" else each for each, mark in zip(address, hashed, strict=False))


def monero(chance: Chance) -> str:
    data = b"\x12" + chance.randbytes(64)
    data += keccak256(data)[:4]
    blocks = [data[at : at + 8] for at in range(0, len(data), 8)]
    return "".join(base58(block.lstrip(b"\0")).rjust(11 if len(block) == 8 else 7, "1") for block in blocks)


def stellar(kind: int, data: bytes) -> str:
    body = bytes([kind]) + data
    return base64.b32encode(body + binascii.crc_hqx(body, 0).to_bytes(2, "little")).decode()


def ton(chance: Chance) -> str:
    body = b"\x11\0" + chance.randbytes(32)
    return base64.urlsafe_b64encode(body + binascii.crc_hqx(body, 0).to_bytes(2, "big")).decode()


def polkadot(chance: Chance) -> str:
    body = b"\0" + chance.randbytes(32)
    return base58(body + hashlib.blake2b(b"SS58PRE" + body).digest()[:2])


def seed_phrase(chance: Chance, size: int = 0) -> str:
    """Of `size` bytes of entropy."""
    data = chance.randbytes(size or chance.choice((16, 20, 24, 28, 32)))
    check = f"{hashlib.sha256(data).digest()[0]:08b}"[: len(data) // 4]
    bits = "".join(f"{each:08b}" for each in data) + check
    return " ".join(WORDS[int(bits[at : at + 11], 2)] for at in range(0, len(bits), 11))


def solana_keypair(chance: Chance) -> str:
    seed = chance.randbytes(32)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return str(list(seed + raw))


def _check58(*version: int, size: int = 20, alphabet: str = BITCOIN, behind: bytes = b"") -> Callable[[Chance], str]:
    return lambda chance: base58check(bytes(version) + chance.randbytes(size) + behind, alphabet)


WALLETS: Final[dict[str, Callable[[Chance], str]]] = {
    "bitcoin-base58": _check58(0),
    "bitcoin-bech32": bitcoin_bech32,
    "ethereum": ethereum,
    "litecoin": _check58(48),
    "dogecoin": _check58(30),
    "dash": _check58(76),
    "tron": _check58(65),
    "zcash": _check58(0x1C, 0xB8),
    "tezos": _check58(6, 161, 159),
    "ripple": _check58(0, alphabet=XRP),
    "ripple-seed": _check58(33, size=16, alphabet=XRP),
    "monero": monero,
    "cardano": lambda chance: bech32("addr", fives(b"\x01" + chance.randbytes(56))),
    "cosmos": lambda chance: bech32("cosmos", fives(chance.randbytes(20))),
    "stellar": lambda chance: stellar(6 << 3, chance.randbytes(32)),
    "stellar-seed": lambda chance: stellar(18 << 3, chance.randbytes(32)),
    "ton": ton,
    "polkadot": polkadot,
    "wif-key": _check58(0x80, size=32, behind=b"\1"),
    "extended-private-key": lambda chance: base58check(
        bytes.fromhex("0488ade4") + chance.randbytes(41) + b"\0" + chance.randbytes(32)
    ),
    "extended-public-key": lambda chance: base58check(
        bytes.fromhex("0488b21e") + chance.randbytes(41) + b"\2" + chance.randbytes(32)
    ),
    "solana-keypair": solana_keypair,
    "bip39-seed": seed_phrase,
}
"""By the names of the validators."""
