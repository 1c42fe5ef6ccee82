"""People with keys, made on the spot: ssh and gpg, the real programs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.stage import Stage
from tests.kit import MakeRepo, Phc, Processes, RunGit, require, run_program


@pytest.fixture
def stage(make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes) -> Stage:
    """See `Stage`."""
    return Stage(make_repo(), phc, git, processes)


@dataclass(frozen=True)
class Ssh:
    """Keys of ssh, and the file that says whose they are."""

    folder: Path

    @property
    def allowed(self) -> Path:
        return self.folder / "allowed"

    def key(self, name: str) -> Path:
        """A key of that name, made once."""
        path = self.folder / name
        if not path.exists():
            run_program(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path])
        return path

    def allow(self, *lines: tuple[str, str, str]) -> None:
        """Says who may sign: the address, options, the key's name."""
        public = {name: self.key(name).with_suffix(".pub").read_text() for _, _, name in lines}
        text = "".join(f"{email} {options} {public[name]}" for email, options, name in lines)
        self.allowed.write_text(text)


@pytest.fixture
def ssh(tmp_path: Path, stage: Stage) -> Ssh:
    """Ada signs with a key of ssh, and it is known to be hers."""
    require("ssh-keygen")
    folder = tmp_path / "keys"
    folder.mkdir()
    keys = Ssh(folder)
    keys.allow(("ada@example.com", "", "ada"))
    stage.git("config", "gpg.format", "ssh")
    stage.git("config", "user.signingKey", keys.key("ada"))
    stage.git("config", "gpg.ssh.allowedSignersFile", keys.allowed)
    stage.git("config", "phc.sign", "required")
    return keys


Gpg = Callable[..., str]


@pytest.fixture
def gpg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gpg]:
    """Runs gpg in a home of its own; a short path, since its agent listens on a socket there."""
    import shutil
    import tempfile

    require("gpg", "gpgconf")
    home = Path(tempfile.mkdtemp(prefix="gpg-"))
    home.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))

    def run(*words: str, input: str = "") -> str:
        argv = ["gpg", "--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", ""]
        done = run_program([*argv, *words], input=input)
        assert done.code == 0, done
        return done.out

    yield run
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(home, ignore_errors=True)
