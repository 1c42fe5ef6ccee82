"""An image that is made here of the machine's own programs, in a store that is nobody else's."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from git_phc.sandboxes.podman import Podman
from tests.kit import require, run_program, unavailable

IMAGE = "localhost/git-phc-test:1"
TOOLS = ("sh", "cat", "echo", "id", "ls", "sleep", "head", "touch", "mount", "env", "wget", "kill")
# Nothing of the user's own store is touched; runc knows all kinds of cgroups, crun does not.
STORE = """\
[storage]
driver = "vfs"
graphroot = "{place}/store"
runroot = "{place}/run"
"""
ENGINE = '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'


@contextmanager
def store_with_image() -> Iterator[Path]:
    """A store with the image in it."""
    require("podman", "runc", "busybox", "ldd")
    # Short, as sockets are in it; and not in a folder that is a container's own
    place = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="phc"))
    try:
        (place / "storage.conf").write_text(STORE.format(place=place))
        (place / "containers.conf").write_text(ENGINE)
        root = place / "root"
        for name in ("bin", "tmp", "run", "proc", "dev", "etc", "sys"):
            (root / name).mkdir(parents=True)
        shutil.copy(str(shutil.which("busybox")), root / "bin" / "busybox")
        for name in TOOLS:
            (root / "bin" / name).symlink_to("busybox")
        put_python(root)
        run_program(["tar", "-C", root, "-cf", place / "root.tar", "."])
        env = engine(place)
        made = run_program(["podman", "import", place / "root.tar", IMAGE], env=env)
        assert made.code == 0, made.err
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def put_python(root: Path) -> None:
    """This Python, where it is here, and as /bin/python3: the bridge to the proxy needs one."""
    program = Path(os.path.realpath(sys.executable))
    library = Path(os.__file__).parent
    dynamic = sorted((library / "lib-dynload").glob("*.so"))
    told = run_program(["ldd", program, *dynamic]).out
    needed = {Path(word) for word in told.split() if word.startswith("/") and word[-1] != ":"}
    for path in {program, *needed}:
        (root / path.relative_to("/")).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, root / path.relative_to("/"))
    left = shutil.ignore_patterns("test", "tests", "site-packages", "__pycache__", "idlelib", "*.a")
    shutil.copytree(library, root / library.relative_to("/"), ignore=left, dirs_exist_ok=True)
    (root / "bin" / "python3").symlink_to(program)


def engine(place: Path) -> dict[str, str | None]:
    """How podman is told of the store in a folder."""
    return {
        "CONTAINERS_STORAGE_CONF": str(place / "storage.conf"),
        "CONTAINERS_CONF": str(place / "containers.conf"),
    }


def use_store(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on podman has this store. Skips where podman cannot work, by name."""
    for name, value in engine(place).items():
        monkeypatch.setenv(name, str(value))
    if missing := Podman().check(os.environ.get("PATH")).missing:
        unavailable(missing)
