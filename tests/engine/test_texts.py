"""Documents of other kinds than prose: what is found of them, and what is not."""
# ruff: noqa: RUF001 - other scripts have letters and punctuation of their own

from __future__ import annotations

import random
import re

import pytest

from dlp.model import Level, Verdict

from .conftest import SECRET
from .engine import Engine, prose

LINES = {
    "Chinese": "本公司新型涂料的固化温度为一百三十五摄氏度，催化剂用量不得超过千分之三，否则涂层在海水中会起泡脱落。"
    "实验室第七批样品的附着力比上一批提高了百分之四十，客户名单与价格表另行保管。",
    "Japanese": "新しい塗料の硬化温度は百三十五度であり、触媒の量は千分の三を超えてはならない。"
    "第七試料の密着性は前回より四割高い。"
    "顧客名簿と価格表は別に保管されている。",
    "Arabic": "درجة حرارة تصلب الطلاء الجديد هي مئة وخمس وثلاثون درجة ولا يجوز أن تتجاوز كمية المحفز ثلاثة في الألف. "
    "التصاق العينة السابعة أعلى بأربعين في المئة من العينة السابقة.",
    "Hindi": "नई परत के जमने का तापमान एक सौ पैंतीस डिग्री है और उत्प्रेरक की मात्रा हज़ार में तीन से अधिक नहीं होनी चाहिए। "
    "सातवें नमूने की पकड़ पिछले नमूने से चालीस प्रतिशत अधिक है।",
    "Russian": "Температура отверждения нового покрытия составляет сто тридцать пять градусов, доля катализатора не "
    "должна превышать трёх тысячных. Сцепление седьмого образца на сорок процентов выше, чем у предыдущего.",
}


@pytest.mark.parametrize("language", LINES)
def test_an_excerpt_in_any_language_is_found_with_confidence(engine: Engine, language: str) -> None:
    text = LINES[language]
    engine.register(text, name=language)
    middle = len(text) // 2
    (found,) = engine.passages(f"{prose(3, 40)}\n{text[middle - 35 : middle + 35]}\n{prose(4, 40)}")
    assert found.document.name == language
    assert found.confidence != Level.LOW


def test_an_excerpt_of_25_chinese_characters_is_found(engine: Engine) -> None:
    text = LINES["Chinese"]
    engine.register(text, name="涂料")
    characters = [at for at, letter in enumerate(text) if letter.isalnum()]
    for first in range(0, len(characters) - 25, 5):
        excerpt = text[characters[first] : characters[first + 24] + 1]
        (found,) = engine.passages(f"会议记录：天气很好，大家都到了。{excerpt}。下周再谈。")
        assert found.rarity >= 36
    assert engine.scan(f"见附件：{text[10:40]}").verdict.rank >= Verdict.WARN.rank


def test_edited_chinese_is_one_passage(engine: Engine) -> None:
    text = LINES["Chinese"]
    engine.register(text)
    edited = list(text)
    for at in range(6, len(edited), 12):
        edited[at] = "甲"
    (found,) = engine.passages("".join(edited))
    assert found.similarity > 0.8
    assert found.length > 0.8 * len(text.encode())


CODE = '''
def viscosity_curve(samples, reference_temperature, filler_share):
    """Viscosity against temperature, corrected for the share of filler."""
    corrected = []
    for sample in samples:
        # the correction of the laboratory, 2019
        exponent = 1.83 * filler_share / (1.0 - 1.21 * filler_share)
        factor = math.exp(exponent) * (reference_temperature / sample.temperature) ** 2.4
        if sample.viscosity <= 0 or sample.temperature < 240:
            raise MeasurementError(sample.number, "outside of the range of the instrument")
        corrected.append((sample.temperature, sample.viscosity / factor))
    smoothed = savitzky_golay(corrected, window=11, order=3)
    return [(kelvin - 273.15, round(value, 4)) for kelvin, value in smoothed if value > 1e-6]
'''


def test_code_is_found_without_its_comments_and_with_other_layout(engine: Engine) -> None:
    engine.register(CODE, name="curve.py")
    stripped = re.sub(r"#.*|\"\"\".*\"\"\"", "", CODE).replace("    ", "\t")
    (found,) = engine.passages(stripped)
    assert found.similarity > 0.8


def test_code_with_three_of_its_names_changed_throughout_is_found(engine: Engine) -> None:
    engine.register(CODE, name="curve.py")
    renamed = CODE.replace("sample", "probe").replace("corrected", "out").replace("factor", "f")
    (found,) = engine.passages(renamed)
    assert found.document_share > 0.4


def test_code_with_all_of_its_names_changed_is_not_found(engine: Engine) -> None:
    """The README says so: what is left of it are numbers and key words, which are everybody's."""
    engine.register(CODE, name="curve.py")
    names = sorted(set(re.findall(r"[a-z_]{3,}", CODE)) - {"def", "for", "raise", "return", "math", "exp", "round"})
    renamed = re.sub(r"[a-z_]{3,}", lambda name: f"v{names.index(name[0])}" if name[0] in names else name[0], CODE)
    assert all(each.confidence == Level.LOW for each in engine.passages(re.sub(r"#.*|\"\"\".*\"\"\"", "", renamed)))


def table(seed: int, rows: int) -> list[str]:
    chance = random.Random(seed)
    return ["\t".join(f"{chance.uniform(0, 999):.3f}" for _ in range(8)) for _ in range(rows)]


def test_rows_of_a_table_of_numbers_are_found_and_other_numbers_are_not(engine: Engine) -> None:
    rows = table(1, 200)
    engine.register("\n".join(rows), name="table")
    (found,) = engine.passages("\n".join([*table(2, 50), *rows[100:104], *table(3, 50)]))
    assert found.confidence == Level.HIGH
    assert engine.passages("\n".join(table(4, 200))) == ()


def test_ten_versions_of_a_document_are_one_finding(engine: Engine) -> None:
    words = SECRET.split()
    for version in range(10):
        words[version * 7] = f"changed{version}"
        engine.register(" ".join(words), name="plan")
    (found,) = engine.passages(" ".join(words[20:120]))
    assert found.document.name == "plan"
    assert found.also == ()


LICENCE = (
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated "
    'documentation files (the "Software"), to deal in the Software without restriction, including without limitation '
    "the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and "
    "to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above "
    "copyright notice and this permission notice shall be included in all copies or substantial portions of the "
    "Software."
)


def test_a_document_of_boilerplate_only_is_registered_and_leads_to_no_verdict(engine: Engine) -> None:
    engine.register(LICENCE, name="licence", label="confidential")
    assert engine.scan(f"{prose(8, 100)}\n\n{LICENCE}").verdict.rank < Verdict.WARN.rank


def test_a_secret_within_boilerplate_is_found(engine: Engine) -> None:
    own = prose(77, 30)
    engine.register(f"{LICENCE}\n{own}\n{LICENCE}", name="contract", label="confidential")
    assert engine.scan(f"{LICENCE}\n{prose(9, 100)}").verdict.rank < Verdict.WARN.rank
    assert engine.scan(f"{prose(9, 100)} {own} {LICENCE}").verdict.rank >= Verdict.WARN.rank
