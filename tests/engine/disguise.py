# ruff: noqa: RUF001  # look-alike letters are what this file is about
"""Ways to write a text so that a person reads the same and a plain search does not."""

from __future__ import annotations

import random

LOOK_ALIKE = {
    "a": "аαａ𝐚𝒶𝔞𝖺ɑ", "b": "Ьｂ𝐛𝖻", "c": "сｃ𝐜𝒸", "d": "ԁｄ𝐝ⅾ", "e": "еｅ𝐞ⅇ", "f": "ｆ𝐟𝖿", "g": "ɡｇ𝐠", "h": "һｈ𝐡ℎ",
    "i": "іｉ𝐢ⅰı", "j": "јｊ𝐣ϳ", "k": "ｋ𝐤𝗄", "l": "ӏｌ𝐥ⅼ1I", "m": "ｍ𝐦ⅿ", "n": "ոｎ𝐧", "o": "оοｏ𝐨օ0",
    "p": "рρｐ𝐩", "q": "ԛｑ𝐪",
    "r": "ｒ𝐫𝗋", "s": "ѕｓ𝐬5", "t": "ｔ𝐭𝗍", "u": "υｕ𝐮ս", "v": "νѵｖ𝐯ⅴ", "w": "ԝｗ𝐰", "x": "хχｘ𝐱ⅹ",
    "y": "уγｙ𝐲", "z": "ｚ𝐳ᴢ",
    "A": "АΑＡ𝐀", "B": "ВΒＢ𝐁", "C": "СＣ𝐂Ⅽ", "E": "ЕΕＥ𝐄", "H": "НΗＨ𝐇", "I": "ІΙＩ𝐈l1", "K": "КΚＫK", "M": "МΜＭⅯ",
    "N": "ΝＮ𝐍", "O": "ОΟＯ0", "P": "РΡＰ𝐏", "S": "ЅＳ𝐒", "T": "ТΤＴ𝐓", "X": "ХΧＸⅩ", "Y": "ΥҮＹ𝐘", "Z": "ΖＺ𝐙",
}  # fmt: skip
"""Letters of other alphabets, full-width forms and mathematical letters: what homoglyph generators draw from."""

BETWEEN = (
    " ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u2003", "\u3000", "-", "\u2010", "\u00ad", ".", ",", "…", "/", "*", "_",
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u202e", "\u202c", "\u2066", "\u061c", "\u0301", "\u0308",
    "»", "\u0336", "\ufe0f", "\U000e0061", "\u034f",
)  # fmt: skip
"""White space, punctuation, what shows nothing, marks that sit on the letter before."""


def disguised(text: str, seed: int, *, letters: float, between: float) -> str:
    """`text` with that share of its letters in another case or shape, and of its gaps filled."""
    chance = random.Random(seed)
    out = []
    for character in text:
        if chance.random() < letters:
            shapes = [character.upper(), character.lower(), *LOOK_ALIKE.get(character, "")]
            character = chance.choice(shapes)
        out.append(character)
        if chance.random() < between:
            out.append(chance.choice(BETWEEN))
    return "".join(out)
