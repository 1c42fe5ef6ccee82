"""The example plugin, as somebody would install it: with pip, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.kit import ROOT, MakeRepo, run_program


@pytest.mark.slow
def test_it_installs_and_works(make_repo: MakeRepo, tmp_path: Path) -> None:
    folder = tmp_path / "example"
    shutil.copytree(ROOT / "contrib/example-agent", folder)
    room = tmp_path / "venv"
    # What git phc itself needs is there already; the example is built and installed for real.
    made = run_program([sys.executable, "-m", "venv", "--system-site-packages", room])
    assert made.code == 0, made.err
    own = next((room / "lib").glob("python*")) / "site-packages"
    (own / "around.pth").write_text("\n".join(p for p in sys.path if p.endswith("-packages")))
    (own / "checkout.pth").write_text(f"{ROOT}\n")
    python = str(room / "bin/python")
    pip: list[str | Path] = [python, "-m", "pip", "install", "-q"]
    put = run_program([*pip, "--no-deps", "--no-build-isolation", folder])
    assert put.code == 0, put.err
    program: list[str | Path] = [python, "-m", "git_phc"]
    repo, env = make_repo(), {"PATH": os.environ["PATH"]}
    listed = run_program([*program, "agents"], cwd=repo, env=env)
    assert "parrot" in listed.out, listed
    words = ["start", "-q", "-a", "parrot", "--autonomy", "bypass", "Polly"]
    started = run_program([*program, *words], cwd=repo, env=env)
    assert started.code == 0, started
    said = run_program([*program, "logs", started.out.strip()], cwd=repo, env=env)
    assert "Polly!" in said.out
