"""A task of the cloud in a container of the image that its environment names, for real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.sandboxes.images import IMAGE, store_with_image, use_store
from tests.sandboxes.yard import require_bubblewrap
from tests.sync.team import Team
from tests.sync.test_handing_over import ready
from tests.sync.test_teardown import environment
from tests.sync.test_worker import worked
from tests.sync.workers import queued

__all__ = ["ready"]

pytestmark = pytest.mark.slow

SCRIPTS = """
[setup]
script = '''#!/bin/sh
echo ready > prepared'''
[teardown]
script = '''#!/bin/sh
cat made; ls /usr/bin/git'''
"""


@pytest.fixture(scope="module")
def store() -> Iterator[Path]:
    """A store with the image in it."""
    with store_with_image() as place:
        yield place


@pytest.fixture
def image(store: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    use_store(store, monkeypatch)
    return IMAGE


def test_from_start_to_pick_in_the_image_of_its_environment(
    ready: Team, image: str, tmp_path: Path
) -> None:
    require_bubblewrap(as_root=True)  # the worker's own: the image asks for podman
    environment(ready, f"{SCRIPTS}\n[cloud]\nimage = '{image}'")
    (tmp_path / "secret").write_text("swordfish\n")
    command = f"""
        cat prepared README > made; ls /bin/busybox; ls /usr/bin/git; echo in $PHC_SANDBOX
        cat {tmp_path}/secret; ls {ready.bob.path}; wget -q -O- http://far.example/; true
    """
    task = queued(ready.ada, command=command)
    done = worked(ready.bob, "--sandbox", "bubblewrap")
    assert f"{task[:8]} is ready" in done.out, done
    ready.ada("sync")
    ready.ada("pull", task)
    said = ready.ada("logs", task).out
    assert "it works in the sandbox podman" in said
    assert "/bin/busybox\n" in said
    assert "in podman\n" in said
    assert "swordfish" not in said
    assert "/usr/bin/git\n" not in said
    assert "── teardown of Dev\nready\nfirst\n" in said
    shown = ready.ada.show(task)
    assert shown["denied"]["what"] == "far.example:80"
    ready.ada("pick", task)
    place = Path(ready.ada.show(task)["worktree"])
    assert (place / "made").read_text() == "ready\nfirst\n"


def test_who_takes_too_long_in_a_container_is_ended(ready: Team, image: str) -> None:
    require_bubblewrap(as_root=True)
    environment(ready, f"[cloud]\nimage = '{image}'\ntime = '5s'")
    task = queued(ready.ada, command="trap '' TERM; sleep 4711; sleep 4711")
    done = worked(ready.bob, "--sandbox", "bubblewrap", code=1)
    why = "a run may last 5 seconds in its sandbox, and this one has"
    assert f"{task[:8]} is failed ({why}" in done.out, done
    commands = [one.info["cmdline"] or () for one in psutil.process_iter(["cmdline"])]
    assert ["sleep", "4711"] not in commands
    ready.ada("sync")
    assert ready.ada.show(task)["denied"]["what"] == "more of the machine"
