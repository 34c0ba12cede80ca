"""$DLP_KERNEL is a demand: it is met, or the package says why not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dlp.fingerprint import KERNELS, _kernel


def chosen(demand: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import dlp.fingerprint as f, sys;"
        "k = sys.modules.get('dlp.fingerprint._kernel');"
        "print(f.KERNEL, f.Scanner.__module__, k is not None and k.vector_in_use())"
    )
    environment = {**os.environ, "DLP_KERNEL": demand}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("demand", KERNELS)
def test_each_demand_is_met_or_refused(demand: str) -> None:
    made = chosen(demand)
    if demand == "c+avx512" and not _kernel.vector_available():
        assert made.returncode
        assert "this processor has no AVX-512" in made.stderr
        return
    module = "dlp.fingerprint.reference" if demand == "python" else "dlp.fingerprint._kernel"
    assert made.stdout.split() == [demand, module, str(demand == "c+avx512")]


def test_without_a_demand_the_fastest_is_used() -> None:
    assert chosen("").stdout.split()[0] == ("c+avx512" if _kernel.vector_available() else "c")


def test_a_demand_for_what_there_is_not_names_what_there_is() -> None:
    made = chosen("gpu")
    assert made.returncode
    assert "DLP_KERNEL='gpu': no such kernel; there are c+avx512, c, python" in made.stderr


@pytest.mark.skipif(_kernel.vector_available(), reason="the processor has AVX-512")
def test_the_wide_path_cannot_be_forced_on_a_processor_without_it() -> None:
    with pytest.raises(ValueError, match="no AVX-512"):
        _kernel.use_vector(True)
