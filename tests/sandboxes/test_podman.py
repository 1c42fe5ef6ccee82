"""The sandbox `podman`, in an image that is made here of the machine's own busybox."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from git_phc.errors import Refused
from git_phc.host.process import spawn_group
from git_phc.plugins.sandboxes import Bounds, Limits
from git_phc.sandboxes.podman import Podman
from tests.e2e.stage import Stage
from tests.kit import MakeRepo, Outcome, Phc, Processes, RunGit
from tests.sandboxes.images import IMAGE, store_with_image, use_store

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Shed:
    """A workspace, a home, and something beside them."""

    root: Path

    def bounds(self, **more: object) -> Bounds:
        given = {"image": IMAGE, "limits": Limits(processes=32, scratch=1 << 20), **more}
        work, home = self.root / "work", self.root / "home"
        return Bounds(f"test-{os.getpid()}", work, home, writable=[work], **given)  # type: ignore[arg-type]

    def run(self, script: str, **more: object) -> Outcome:
        cell = Podman().open(self.bounds(**more))
        try:
            process = spawn_group(
                ["/bin/sh", "-c", script], cwd=self.root / "work",
                env={"PATH": "/nowhere", "S": "swordfish\n4711", "PHC_RUN": "x"},
                stdin=subprocess.DEVNULL, within=cell.command,
            )  # fmt: skip
            out, err = process.communicate(timeout=100)
            return Outcome(process.returncode, out.decode(), err.decode())
        finally:
            cell.close()


@pytest.fixture(scope="module")
def store() -> Iterator[Path]:
    """A store with the image in it."""
    with store_with_image() as place:
        yield place


@pytest.fixture
def shed(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shed:
    use_store(store, monkeypatch)
    for name in ("work", "home", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "secret").write_text("another task's\n")
    return Shed(tmp_path)


@pytest.fixture
def stage(make_repo: MakeRepo, phc: Phc, git: RunGit, processes: Processes) -> Stage:
    """See `Stage`."""
    return Stage(make_repo(), phc, git, processes)


def test_it_works_in_its_workspace_on_the_images_system(shed: Shed) -> None:
    done = shed.run('echo hello > file && echo home > ~/x && echo "$S" && ls /bin/busybox && pwd')
    assert (done.code, done.err) == (0, "")
    assert done.lines == ["swordfish", "4711", "/bin/busybox", str(shed.root / "work")]
    assert (shed.root / "work" / "file").read_text() == "hello\n"
    assert (shed.root / "home" / "x").read_text() == "home\n"


def test_what_is_not_its_own_is_out_of_reach(shed: Shed) -> None:
    tries = (
        f"cat {shed.root}/other/secret", "cat /etc/shadow", "ls /usr/bin/git", "touch /bin/x",
        "mount -t tmpfs none /etc", "wget -T 2 -q http://192.0.2.1/", f"kill -9 {os.getpid()}",
        "echo x > /proc/sys/kernel/core_pattern", "head -c 3000000 /dev/zero > /tmp/big",
    )  # fmt: skip
    done = shed.run("\n".join(f"({line}) 2>/dev/null && echo 'done: {line}'" for line in tries))
    assert done.out == ""


def test_a_fork_bomb_meets_its_limit(shed: Shed) -> None:
    done = shed.run("while sleep 30 & do :; done")
    assert done.code != 0
    assert "fork" in done.err


def test_what_is_read_only_and_hidden(shed: Shed) -> None:
    inner = shed.root / "work" / ".git"
    (inner / "phc").mkdir(parents=True)
    (inner / "config").write_text("real\n")
    (inner / "phc" / "journal").write_text("x")
    shown = shed.root / "shown"
    shown.write_text("shown\n")
    done = shed.run(
        "cat .git/config; ls .git/phc; echo x > .git/config; echo x > .git/hook",
        readable=[inner], instead={inner / "config": shown}, hidden=[inner / "phc"],
    )  # fmt: skip
    assert done.out == "shown\n"
    assert (inner / "config").read_text() == "real\n"
    assert not (inner / "hook").exists()


def test_refusals(shed: Shed, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="podman needs an image, and none is named"):
        Podman().open(shed.bounds(image=None))
    with pytest.raises(Refused, match="the image localhost/none is not on this machine"):
        Podman().open(shed.bounds(image="localhost/none"))
    state = Podman().check(str(tmp_path))
    assert (state.missing, state.hint) == ("podman is not on PATH", "Install the package podman")


def test_a_task_in_the_image_of_its_environment(shed: Shed, stage: Stage) -> None:
    folder = stage.repo / ".phc" / "environments"
    folder.mkdir(parents=True)
    (folder / "dev.toml").write_text(f"name = 'Dev'\n[cloud]\nimage = '{IMAGE}'\n")
    stage.git("add", "-A")
    stage.git("commit", "-qm", "environment")
    script = f"""
        echo hello > new; echo home > ~/x; ls /usr/bin/git; echo evil >> .git
        ls {stage.repo}/.git/phc; cat {stage.repo}/.git/HEAD; echo in $PHC_SANDBOX
        wget -q -O- http://far.example/; true
    """
    task = stage.start(script, "--sandbox", "podman", "-e", "dev")
    assert stage.status(task) == "ready"
    assert (stage.tree(task) / "new").read_text() == "hello\n"
    lines = stage.said(task).splitlines()
    assert "ref: refs/heads/main" in lines
    assert "in podman" in lines
    notes = [r["text"] for r in stage.records(task) if r["kind"] == "note"]
    assert notes[0] == "it works in the sandbox podman"
    assert any(note.startswith("denied far.example:80") for note in notes)
