# ruff: noqa: SIM905  # quotes round every word would hide the words
"""Ordinary prose of no meaning, to hide passages in, and ordinary words to put in the place of others."""

from __future__ import annotations

from collections.abc import Collection
from random import Random

from dlp.fingerprint import TEXT_SCALE, fold

NOUNS = (
    "afternoon answer apple autumn baker barn basket bell bench bicycle bird blanket boat book bottle branch bread "
    "bridge brother bucket butter candle carpet castle cellar chair cherry chicken child church circle cloud coat "
    "coffee corner cottage cousin crowd cup curtain daughter dinner doctor dog donkey door dream dress drum evening "
    "farmer feather fence field finger fire fish flower forest fountain friend garden gate girl glass goat grandfather "
    "grass guest hammer harbour hat hill holiday horse hospital hotel house island jacket journey judge kettle kitchen "
    "ladder lake lamp lantern lawn leaf lemon letter library lion market meadow melody mill mirror moon morning mother "
    "mountain museum neighbour needle newspaper night nurse ocean orange orchard oven painter palace parcel path pear "
    "pencil piano picture pillow pocket pond pony potato rabbit railway rain river road roof rope sailor school shadow "
    "sheep shelf shepherd shirt shoe shop sister snow soup spoon square stable station stone stove street summer "
    "supper table tailor teacher tent theatre thread tower town train tree uncle valley village violin visitor wagon "
    "waiter wall wedding wheel widow wind window winter wolf wood"
).split()
ADJECTIVES = (
    "angry big bitter blue brave bright broad broken brown calm careful cheerful clean clever cold comfortable crooked "
    "curious damp dark deep distant dry dusty eager early empty famous fast fat foolish fresh friendly gentle golden "
    "green grey happy heavy hungry kind large late lazy little lonely long loud lovely merry muddy narrow new noisy "
    "old pale patient plain pleasant polite poor proud quick quiet red rich rough round rusty sad sharp short shy "
    "silent simple sleepy slow small soft sour strange strong sunny sweet tall thin tired ugly warm weak wet white "
    "wide wild wise wooden yellow young"
).split()
VERBS = (
    "admired answered avoided borrowed bought broke brought built called carried caught chose cleaned climbed counted "
    "covered crossed described drew drove emptied enjoyed entered feared filled followed forgot found gathered guarded "
    "hated heard held hid imagined invited kept knew left liked lost loved measured mended met missed needed noticed "
    "opened ordered painted passed pleased praised promised pulled pushed reached remembered repaired sang saved saw "
    "searched sold stole surprised taught thanked threw touched visited wanted washed watched wore"
).split()
BETWEEN = "above across against along around before behind below beside beyond inside near outside past under".split()
OPENERS = "afterwards again often perhaps meanwhile now once slowly sometimes soon suddenly then today usually".split()
JOINERS = "and because but so that until when where while".split()
DETERMINERS = "the the the the any each every one our their this that his her my your another some".split()

WORDS = (*NOUNS, *ADJECTIVES, *VERBS)

_THING = (DETERMINERS, NOUNS)
_SUCH = (DETERMINERS, ADJECTIVES, NOUNS)
_SENTENCES = (
    (*_SUCH, VERBS, *_THING),
    (OPENERS, *_THING, VERBS, *_SUCH),
    (*_THING, VERBS, *_SUCH, BETWEEN, *_THING),
    (BETWEEN, *_SUCH, *_THING, VERBS, *_THING),
    (*_THING, BETWEEN, *_SUCH, VERBS, *_SUCH),
    (*_THING, VERBS, *_THING, JOINERS, *_SUCH, VERBS, *_THING),
    (OPENERS, *_SUCH, BETWEEN, *_THING, VERBS, *_THING, JOINERS, *_THING, VERBS, *_SUCH),
)
"""Each is a list of the words that may stand in each place: no two sentences share a turn of phrase but by chance."""

_STEP = 4
_PIECE = TEXT_SCALE.k - _STEP + 1
"""Pieces of this length at every fourth symbol: 20 symbols in a row, the least that can be found, hold a whole one."""


def word(chance: Random) -> str:
    """An ordinary word, in lower case."""
    return chance.choice(WORDS)


def pieces(text: str) -> frozenset[bytes]:
    """What `prose` is to avoid, so that it holds no 20 folded symbols in a row of `text`: 15 bytes for each byte."""
    folded = fold(text.encode())
    return frozenset(folded[at : at + _PIECE] for at in range(0, len(folded) - _PIECE + 1, _STEP))


def prose(count: int, chance: Random, avoid: Collection[bytes] = frozenset()) -> str:
    """`count` words in sentences and paragraphs, none of `avoid` (see `pieces`) among their folded symbols."""
    out: list[str] = []
    said = 0
    before = b""
    while said < count:
        sentence = [chance.choice(place) for place in chance.choice(_SENTENCES)][: count - said]
        folded = before + fold(" ".join(sentence).encode())
        windows = (folded[at : at + _PIECE] for at in range(len(folded) - _PIECE + 1))
        if avoid and any(each in avoid for each in windows):
            continue
        before = folded[-_PIECE + 1 :]
        said += len(sentence)
        out += [" ".join(sentence).capitalize(), "\n\n" if chance.random() < 0.15 else " "]
        out[-2] += "."
    return "".join(out).rstrip() + "\n" if out else ""
