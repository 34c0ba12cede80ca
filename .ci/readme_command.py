"""Prints the n-th shell block of README.md: `python3 .ci/readme_command.py 1`."""

import re
import sys
from pathlib import Path

readme = Path(__file__).resolve().parent.parent.joinpath("README.md").read_text("utf-8")
blocks = re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
print(blocks[int(sys.argv[1]) - 1], end="")
