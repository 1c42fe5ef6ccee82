from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.making import Maker
from tests.cli.told import told
from tests.kit import Phc, RunGit

PATCH = """\
diff --git a/hello.txt b/hello.txt
new file mode 100644
index 0000000..ce01362
--- /dev/null
+++ b/hello.txt
@@ -0,0 +1 @@
+hello
"""


def test_a_worktree_as_it_is_now(hello: str, repo: Path, phc: Phc) -> None:
    shown = phc("diff", hello, cwd=repo)
    assert (shown.code, shown.out, shown.err) == (0, PATCH, "")
    place = Path(phc("path", hello, cwd=repo).out.rstrip("\n"))
    (place / "README.md").write_text("# Changed\n")
    (place / "data").write_bytes(b"\0\1")
    assert phc("diff", "--name-only", hello, cwd=repo).lines == ["README.md", "data", "hello.txt"]
    assert phc("diff", "--stat", hello, cwd=repo).lines == [
        " README.md |   2 +-",
        " data      | Bin 0 -> 2 bytes",
        " hello.txt |   1 +",
        " 3 files changed, 2 insertions(+), 1 deletion(-)",
    ]
    assert json.loads(phc("diff", "--json", hello, cwd=repo).out) == {
        "schema": 1,
        "id": hello,
        "files": [
            {"path": "README.md", "added": 1, "removed": 1},
            {"path": "data", "added": None, "removed": None},
            {"path": "hello.txt", "added": 1, "removed": 0},
        ],
    }


def test_a_worktree_that_is_gone(hello: str, repo: Path, phc: Phc) -> None:
    shutil.rmtree(phc("path", hello, cwd=repo).out.rstrip("\n"))
    assert phc("diff", hello, cwd=repo).out == PATCH


def test_local_mode_leaves_out_what_was_there(repo: Path, phc: Phc) -> None:
    (repo / "mine").write_text("mine\n")
    words = ("start", "-q", "-m", "local", "Hello", "--", "sh", "-c", "echo hello > hello.txt")
    assert phc(*words, cwd=repo).code == 0
    assert phc("diff", "@", cwd=repo).out == PATCH


def test_nothing_is_kept_yet(make: Maker, repo: Path, phc: Phc) -> None:
    task = make("Nothing")
    shown = phc("diff", task.id, cwd=repo)
    assert (shown.code, shown.out, shown.err) == (0, "", "")


def test_one_form_at_a_time(repo: Path, phc: Phc) -> None:
    refused = phc("diff", "--stat", "--name-only", "-", cwd=repo)
    assert (refused.code, told(refused.err)) == (
        2,
        "git phc: --stat, --name-only and --json exclude each other.\nChoose one.\n",
    )


def test_colours_are_those_of_git_phc(hello: str, repo: Path, phc: Phc, git: RunGit) -> None:
    git(repo, "config", "color.diff", "always")
    assert phc("diff", hello, cwd=repo).out == PATCH
    git(repo, "config", "color.ui", "always")
    assert "\x1b[32m+\x1b[m" in phc("diff", hello, cwd=repo, env={"TERM": "xterm"}).out
    no = phc("diff", hello, cwd=repo, env={"TERM": "xterm", "NO_COLOR": "1"})
    assert no.out == PATCH
