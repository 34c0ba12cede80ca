"""Addresses and keys of cryptocurrencies, each with the checksum of its encoding."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final

from dlp.rule.validators.bech32 import BECH32, BECH32M, DIGITS, bech32
from dlp.rule.validators.keccak import keccak256

_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE: Final = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_LONGEST: Final = 1_200


def _base58(value: str, alphabet: str = _BASE58) -> bytes:
    """The bytes of a number to the base 58; empty where it is none."""
    total = 0
    for each in value[:_LONGEST]:
        at = alphabet.find(each)
        if at < 0:
            return b""
        total = total * 58 + at
    zeros = len(value) - len(value.lstrip(alphabet[0]))
    return bytes(zeros) + total.to_bytes((total.bit_length() + 7) // 8, "big")


def _checked(value: str, alphabet: str = _BASE58) -> bytes:
    """What base58check holds (Bitcoin: four bytes of SHA-256 twice); empty where the check fails."""
    data = _base58(value, alphabet) if 20 <= len(value) <= 120 else b""
    body, check = data[:-4], data[-4:]
    return body if body and hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] == check else b""


def _versioned(value: str, versions: Iterable[bytes], size: int, alphabet: str = _BASE58) -> bool:
    body = _checked(value, alphabet)
    return any(body.startswith(each) and len(body) == len(each) + size for each in versions)


def _bytes(*codes: int) -> tuple[bytes, ...]:
    return tuple(bytes([each]) for each in codes)


def bitcoin_base58(value: str) -> bool:
    """Bitcoin addresses P2PKH and P2SH: base58check, versions 0 and 5."""
    return _versioned(value, _bytes(0, 5), 20)


def litecoin(value: str) -> bool:
    """Litecoin addresses: base58check, versions 48 and 50, or bech32 with ltc."""
    return _versioned(value, _bytes(48, 50), 20) or _segwit(value, "ltc")


def dogecoin(value: str) -> bool:
    """Dogecoin addresses: base58check, versions 30 and 22."""
    return _versioned(value, _bytes(30, 22), 20)


def dash(value: str) -> bool:
    """Dash addresses: base58check, versions 76 and 16."""
    return _versioned(value, _bytes(76, 16), 20)


def tron(value: str) -> bool:
    """Tron addresses: base58check, version 65."""
    return _versioned(value, _bytes(65), 20)


def zcash(value: str) -> bool:
    """Transparent addresses of Zcash: base58check, versions 1CB8 and 1CBD."""
    return _versioned(value, (b"\x1c\xb8", b"\x1c\xbd"), 20)


_TEZOS: Final = (b"\x06\xa1\x9f", b"\x06\xa1\xa1", b"\x06\xa1\xa4", b"\x06\xa1\xa6")


def tezos(value: str) -> bool:
    """Tezos addresses tz1 to tz4: base58check."""
    return _versioned(value, _TEZOS, 20)


def ripple(value: str) -> bool:
    """XRP Ledger addresses: base58check in the ledger's own alphabet, version 0."""
    return _versioned(value, _bytes(0), 20, _RIPPLE)


def ripple_seed(value: str) -> bool:
    """XRP Ledger seeds: base58check in the ledger's own alphabet, version 33 or, for Ed25519, 01E14B."""
    return _versioned(value, (b"\x21", b"\x01\xe1\x4b"), 16, _RIPPLE)


def wif_key(value: str) -> bool:
    """Private keys in Wallet Import Format of Bitcoin, its test networks, Litecoin, Dogecoin and Dash: base58check."""
    body = _checked(value)
    return (
        bool(body) and body[0] in (128, 239, 176, 158, 204) and (len(body) == 33 or (len(body) == 34 and body[33] == 1))
    )


_PRIVATE: Final = frozenset(
    bytes.fromhex(each)
    for each in "0488ade4 049d7878 04b2430c 04358394 044a4e28 045f18bc 0295b005 02aa7a99".split()  # noqa: SIM905
)
_PUBLIC: Final = frozenset(
    bytes.fromhex(each)
    for each in "0488b21e 049d7cb2 04b24746 043587cf 044a5262 045f1cf6 0295b43f 02aa7ed3".split()  # noqa: SIM905
)


def extended_private_key(value: str) -> bool:
    """Extended private keys (BIP-32, SLIP-132): base58check, the key behind a zero byte."""
    body = _checked(value)
    return len(body) == 78 and body[:4] in _PRIVATE and body[45] == 0


def extended_public_key(value: str) -> bool:
    """Extended public keys (BIP-32, SLIP-132): base58check, a compressed point."""
    body = _checked(value)
    return len(body) == 78 and body[:4] in _PUBLIC and body[45] in (2, 3)


def _segwit(value: str, prefix: str) -> bool:
    """BIP-173 and BIP-350: bech32 for version 0, bech32m from version 1 on."""
    found, values, left = bech32(value)
    if found != prefix or not 2 <= 5 * (len(values) - 1) // 8 <= 40 or values[0] > 16:
        return False
    if values[0] == 0:
        return left == BECH32 and 5 * (len(values) - 1) // 8 in (20, 32)
    return left == BECH32M


def bitcoin_bech32(value: str) -> bool:
    """Bitcoin addresses of SegWit and Taproot (BIP-173, BIP-350), its test network's as well."""
    return _segwit(value, "bc") or _segwit(value, "tb")


def cosmos(value: str) -> bool:
    """Addresses of Cosmos, Osmosis, Celestia and their like: bech32 over 20 or 32 bytes."""
    found, values, left = bech32(value)
    return bool(found) and left == BECH32 and len(values) in (32, 52)


def cardano(value: str) -> bool:
    """Cardano addresses and stake addresses since Shelley (CIP-19): bech32."""
    found, values, left = bech32(value)
    return found in ("addr", "stake", "addr_test", "stake_test") and left == BECH32 and len(values) in (47, 92)


def bitcoin_cash(value: str) -> bool:
    """Bitcoin Cash addresses (CashAddr): a BCH code of 40 bits."""
    prefix, _, data = value.lower().rpartition(":")
    values = [DIGITS.find(each) for each in data[:_LONGEST]]
    if len(values) != 42 or min(values) < 0:
        return False
    total = 1
    for each in [ord(char) & 31 for char in prefix or "bitcoincash"] + [0, *values]:
        top = total >> 35
        total = (total & 0x07FFFFFFFF) << 5 ^ each
        for place, generator in enumerate((0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)):
            total ^= generator if top >> place & 1 else 0
    return total == 1


_ETHEREUM: Final = re.compile(r"(?:0[xX])?([0-9a-fA-F]{40})")


def _ethereum(value: str) -> str:
    """The forty digits; nothing if the value is no address."""
    found = _ETHEREUM.fullmatch(value)
    return found[1] if found else ""


def ethereum(value: str) -> bool:
    """Ethereum addresses with the checksum in their letters' case (EIP-55)."""
    address = _ethereum(value)
    if address in (address.lower(), address.upper()):
        return False
    hashed = keccak256(address.lower().encode()).hex()
    return all(
        not each.isalpha() or each.isupper() == (nibble > "7") for each, nibble in zip(address, hashed, strict=False)
    )


def ethereum_plain(value: str) -> bool:
    """Ethereum addresses without a checksum: twenty bytes that somebody drew."""
    address = _ethereum(value)
    return address in (address.lower(), address.upper()) and len(set(address.lower())) >= 9


def monero(value: str) -> bool:
    """Monero addresses, subaddresses and integrated ones: base 58 in blocks of eight bytes, four of Keccak."""
    if len(value) not in (95, 106):
        return False
    out = b""
    for start in range(0, len(value), 11):
        block = value[start : start + 11]
        size = {11: 8, 7: 5}.get(len(block), 0)
        number = int.from_bytes(_base58(block), "big")
        if not size or not set(block) <= set(_BASE58) or number >= 256**size:
            return False
        out += number.to_bytes(size, "big")
    return out[0] in (18, 19, 42) and keccak256(out[:-4])[:4] == out[-4:]


_STELLAR: Final = {"G": 6 << 3, "S": 18 << 3, "M": 12 << 3}


def _stellar(value: str, kind: str) -> bool:
    if len(value) not in (56, 69) or value[0] != kind:
        return False
    try:
        data = base64.b32decode(value + "=" * (-len(value) % 8))
    except (binascii.Error, ValueError):
        return False
    return data[0] == _STELLAR[kind] and binascii.crc_hqx(data[:-2], 0) == int.from_bytes(data[-2:], "little")


def stellar(value: str) -> bool:
    """Stellar accounts (SEP-23): base 32 with CRC-16."""
    return _stellar(value, "G")


def stellar_seed(value: str) -> bool:
    """Stellar secret seeds (SEP-23): base 32 with CRC-16."""
    return _stellar(value, "S")


def ton(value: str) -> bool:
    """Addresses of The Open Network (TEP-2): base 64 of tag, workchain, 32 bytes, CRC-16."""
    try:
        data = base64.urlsafe_b64decode(value.replace("+", "-").replace("/", "_")) if len(value) == 48 else b""
    except (binascii.Error, ValueError):
        return False
    tagged = len(data) == 36 and data[0] & 0x7F in (0x11, 0x51) and data[1] in (0, 255)
    return tagged and binascii.crc_hqx(data[:34], 0) == int.from_bytes(data[34:], "big")


def solana(value: str) -> bool:
    """Solana addresses: 32 bytes to the base 58; there is no checksum."""
    return (
        43 <= len(value) <= 44 and len(_base58(value)) == 32 and any(map(str.isdigit, value)) and len(set(value)) > 15
    )


def polkadot(value: str) -> bool:
    """Addresses of Polkadot, Kusama and their like (SS58): two bytes of BLAKE2b."""
    data = _base58(value) if 46 <= len(value) <= 48 else b""
    check = hashlib.blake2b(b"SS58PRE" + data[:-2]).digest()[:2]
    return len(data) == 35 and data[0] < 64 and check == data[-2:]


def solana_keypair(value: str) -> bool:
    """Key files of Solana: 64 numbers, a seed of Ed25519 and the public key that belongs to it."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    numbers = [int(each) for each in re.findall(r"\d{1,3}", value[:_LONGEST])]
    if len(numbers) != 64 or max(numbers) > 255:
        return False
    public = Ed25519PrivateKey.from_private_bytes(bytes(numbers[:32])).public_key()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return raw == bytes(numbers[32:])


_LENGTHS: Final = (24, 21, 18, 15, 12)


@cache
def _places() -> Mapping[str, int]:
    from dlp.rule.validators.bip39_words import WORDS

    return {word: place for place, word in enumerate(WORDS)}


def _bip39(places: list[int]) -> bool:
    bits = 0
    for each in places:
        bits = bits << 11 | each
    check = len(places) // 3
    entropy = (bits >> check).to_bytes(4 * check, "big")
    return hashlib.sha256(entropy).digest()[0] >> (8 - check) == bits & ((1 << check) - 1)


def _electrum(words: list[str]) -> bool:
    """Electrum's seed versions: what HMAC-SHA512 with the key `Seed version` begins with."""
    made = hmac.new(b"Seed version", " ".join(words).encode(), "sha512").hexdigest()
    return made.startswith(("01", "100", "101", "102"))


def bip39_seed(value: str) -> bool:
    """Seed phrases of 12, 15, 18, 21 or 24 English words with the checksum of BIP-39, or of 12 with Electrum's; words
    before and behind them do no harm. Not those of test vectors, which repeat words."""
    words = re.findall(r"[a-z]+", value[:_LONGEST].lower())
    known = _places()
    places = [known.get(each, -1) for each in words]
    for size in _LENGTHS:
        for start in range(max(len(words) - size + 1, 0)):
            part = places[start : start + size]
            if min(part) >= 0 and len(set(part)) >= size - size // 6 and _bip39(part):
                return True
    return len(words) == 12 and min(places) >= 0 and len(set(places)) >= 10 and _electrum(words)


def bitcoin(value: str) -> bool:
    """Bitcoin addresses of any kind."""
    return bitcoin_base58(value) or bitcoin_bech32(value)


def altcoin(value: str) -> bool:
    """Addresses of Litecoin, Dogecoin, Dash, Tron, Zcash, Tezos and the XRP Ledger."""
    return any(each(value) for each in (litecoin, dogecoin, dash, tron, zcash, tezos, ripple))


VALIDATORS: Final[Mapping[str, Callable[[str], bool]]] = {
    "bitcoin": bitcoin,
    "altcoin": altcoin,
    "bitcoin-base58": bitcoin_base58,
    "bitcoin-bech32": bitcoin_bech32,
    "bitcoin-cash": bitcoin_cash,
    "ethereum": ethereum,
    "ethereum-plain": ethereum_plain,
    "litecoin": litecoin,
    "dogecoin": dogecoin,
    "dash": dash,
    "tron": tron,
    "zcash": zcash,
    "tezos": tezos,
    "ripple": ripple,
    "monero": monero,
    "cardano": cardano,
    "cosmos": cosmos,
    "stellar": stellar,
    "ton": ton,
    "solana": solana,
    "polkadot": polkadot,
    "wif-key": wif_key,
    "extended-private-key": extended_private_key,
    "extended-public-key": extended_public_key,
    "ripple-seed": ripple_seed,
    "stellar-seed": stellar_seed,
    "solana-keypair": solana_keypair,
    "bip39-seed": bip39_seed,
}
