from dlp.fingerprint.reference import Aligner as Aligner
from dlp.fingerprint.reference import Familiar as Familiar
from dlp.fingerprint.reference import Index as Index
from dlp.fingerprint.reference import Runs as Runs
from dlp.fingerprint.reference import Scanner as Scanner
from dlp.fingerprint.reference import Selector as Selector
from dlp.fingerprint.reference import Sketch as Sketch
from dlp.fingerprint.reference import Terms as Terms
from dlp.fingerprint.reference import count_text as count_text
from dlp.fingerprint.reference import find_signs as find_signs
from dlp.fingerprint.reference import fold as fold
from dlp.fingerprint.reference import live_entries as live_entries
from dlp.fingerprint.reference import pack_keys as pack_keys
from dlp.fingerprint.reference import pack_outline as pack_outline
from dlp.fingerprint.reference import rarity as rarity
from dlp.fingerprint.reference import sort_entries as sort_entries
from dlp.fingerprint.reference import split_words as split_words
from dlp.fingerprint.reference import unpack_keys as unpack_keys
from dlp.fingerprint.reference import unpack_outline as unpack_outline
from dlp.fingerprint.reference import weigh as weigh

FOLD_VERSION: int

def vector_available() -> bool: ...
def use_vector(on: bool) -> None: ...
def vector_in_use() -> bool: ...
