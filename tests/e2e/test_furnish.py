"""`.worktreeinclude`, `.worktreelink`, an agent's own settings: what a new worktree is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from git_phc.agents.claude import Claude
from git_phc.git.repo import open_repo
from git_phc.workspaces.furnish import furnish
from tests.e2e.stage import Stage, snapshot, until
from tests.kit import MakeRepo, RunGit

RULES = "*.env\nnode_modules/\n/build\nlogs/*.log\n"


@pytest.fixture
def main(make_repo: MakeRepo) -> Path:
    """A main checkout with ignored files of every kind, and rules for each."""
    return make_repo("main", files={".gitignore": RULES, "a": "a", "logs/keep": "", "src/b": "b"})


def furnished(main: Path, git: RunGit, *settings: str, rev: str = "HEAD") -> tuple[Path, list[str]]:
    """A new worktree beside the main checkout, and what was said."""
    tree = main.with_name("tree")
    git(main, "worktree", "add", "-q", "--detach", tree, rev)
    said: list[str] = []
    furnish(open_repo(main), tree, settings, said.append)
    return tree, said


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(os.fsencode(name))


def clean(git: RunGit, tree: Path) -> bool:
    return git(tree, "status", "--porcelain", "-uall") == ""


def test_only_what_git_ignores_is_copied_and_linked(main: Path, git: RunGit) -> None:
    fill(main, "root.env", "conf/local/deep.env", "plain.txt", "node_modules/p/x.env", "build/out")
    (main / ".worktreeinclude").write_text("# what we need\n*.env\n!root.env\nplain.txt\na\n")
    (main / ".worktreelink").write_text("build\n")
    before = snapshot(main), (main / ".git/info/exclude").read_bytes()
    tree, said = furnished(main, git)
    assert (tree / "conf/local/deep.env").read_text() == "conf/local/deep.env"
    assert (tree / "node_modules/p/x.env").read_text() == "node_modules/p/x.env"
    assert (tree / "build").readlink() == main / "build"
    assert sorted(path.name for path in tree.iterdir()) == [
        ".git", ".gitignore", "a", "build", "conf", "logs", "node_modules", "src",
    ]  # fmt: skip
    assert said == [f"copied 2 and linked 1 of the files that git ignores, from {main}"]
    assert (snapshot(main), (main / ".git/info/exclude").read_bytes()) == before
    assert clean(git, tree)


def test_what_the_base_tracks_is_never_overwritten(main: Path, git: RunGit) -> None:
    fill(main, "old.env", "node_modules/p/index.js", "build/out")
    git(main, "add", "-f", "old.env", "node_modules/p/index.js")
    git(main, "commit", "-qm", "tracked once")
    git(main, "rm", "-rq", "--cached", "old.env", "node_modules")
    git(main, "commit", "-qm", "and now ignored")
    fill(main, "node_modules/p/other.js")
    (main / "old.env").write_text("newer")
    (main / ".worktreeinclude").write_text("*.env\n")
    (main / ".worktreelink").write_text("node_modules/\n")
    tree, said = furnished(main, git, rev="HEAD~1")
    assert (tree / "old.env").read_text() == "old.env"
    assert (tree / "node_modules/p/index.js").read_text() == "node_modules/p/index.js"
    assert not (tree / "node_modules").is_symlink()
    assert said[-1] == "not brought into the worktree: old.env, node_modules/"
    assert clean(git, tree)


def test_what_the_base_does_not_ignore_stays_out(main: Path, git: RunGit) -> None:
    fill(main, "secret.key")
    (main / ".gitignore").write_text(RULES + "*.key\n")
    (main / ".worktreeinclude").write_text("*.key\n")
    tree, said = furnished(main, git)
    assert not (tree / "secret.key").exists()
    assert said == ["not brought into the worktree: secret.key"]


def test_a_folder_that_only_a_folder_rule_ignores_is_linked_inside(main: Path, git: RunGit) -> None:
    fill(main, "node_modules/p/index.js", "node_modules/@s/q/index.js")
    (main / ".worktreelink").write_text("node_modules\n")
    tree, said = furnished(main, git)
    assert (tree / "node_modules/p").readlink() == main / "node_modules/p"
    assert not (tree / "node_modules").is_symlink()
    assert "linked 2 of" in said[0]
    assert clean(git, tree)


def test_what_is_copied_is_not_linked(main: Path, git: RunGit) -> None:
    fill(main, "x.env", "build/own", "build/shared")
    (main / ".worktreeinclude").write_text("x.env\nown\n")
    (main / ".worktreelink").write_text("x.env\nbuild\n")
    tree, _ = furnished(main, git)
    assert not (tree / "x.env").is_symlink()
    assert not (tree / "build/own").is_symlink()
    assert (tree / "build/shared").readlink() == main / "build/shared"


def test_odd_files(main: Path, git: RunGit) -> None:
    odd = os.fsdecode(b"odd\n\xff name.env")
    fill(main, odd, "build/deep/er/file", "target")
    (main / "build/link").symlink_to("deep")
    (main / "build/broken").symlink_to("/nowhere")
    os.mkfifo(main / "build/pipe")
    (main / "build/run").write_text("x")
    (main / "build/run").chmod(0o750)
    os.utime(main / "build/run", (1, 1))
    (main / "build/deep").chmod(0o500)
    git(main, "init", "-q", "build/repository")
    (main / ".worktreeinclude").write_text("*.env\n/build\n")
    tree, said = furnished(main, git)
    (main / "build/deep").chmod(0o700)
    assert (tree / odd).read_bytes() == os.fsencode(odd)
    assert (tree / "build/link").readlink() == Path("deep")
    assert (tree / "build/broken").is_symlink()
    assert (tree / "build/run").stat().st_mode & 0o777 == 0o750
    assert (tree / "build/run").stat().st_mtime == 1
    assert (tree / "build/deep/er/file").exists()
    assert not (tree / "build/pipe").exists()
    assert not (tree / "build/repository").exists()
    left = said[1].removeprefix("not brought into the worktree: ").split(", ")
    assert sorted(left) == ["build/pipe", "build/repository"]


def test_nothing_is_written_through_a_link(main: Path, git: RunGit, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (main / "conf").symlink_to(outside)
    git(main, "add", "conf")
    git(main, "commit", "-qm", "a link")
    git(main, "rm", "-q", "conf")
    git(main, "commit", "-qm", "no link")
    fill(main, "conf/local.env", "x.env")
    (main / ".worktreeinclude").write_text("*.env\n")
    tree, said = furnished(main, git, rev="HEAD~1")
    assert list(outside.iterdir()) == []
    assert (tree / "x.env").exists()
    assert said[-1] == "not brought into the worktree: conf/local.env"


def test_an_agents_own_settings_are_linked_where_git_ignores_them(main: Path, git: RunGit) -> None:
    fill(main, ".claude/settings.local.json", "CLAUDE.local.md")
    (main / ".gitignore").write_text(RULES + ".claude/settings.local.json\n")
    git(main, "commit", "-qam", "rules")
    tree, said = furnished(main, git, *Claude.project_settings)
    linked = tree / ".claude/settings.local.json"
    assert linked.readlink() == main / ".claude/settings.local.json"
    assert not (tree / "CLAUDE.local.md").exists()
    assert said == [f"linked 1 of the files that git ignores, from {main}"]


def test_nothing_is_said_where_nothing_is_wanted(main: Path, git: RunGit) -> None:
    fill(main, "x.env")
    assert furnished(main, git)[1] == []


@pytest.mark.slow
def test_from_the_start_of_a_task_to_its_slot(stage: Stage) -> None:
    fill(stage.repo, ".gitignore", "x.env", "node_modules/p/index.js")
    (stage.repo / ".gitignore").write_text(RULES)
    stage.git("add", ".gitignore")
    stage.git("commit", "-qm", "rules")
    (stage.repo / ".worktreeinclude").write_text("*.env\n")
    (stage.repo / ".worktreelink").write_text("node_modules\n")
    done = stage.ok("start", "-q", "x", "--", "sh", "-c", "cat x.env node_modules/p/index.js")
    task = done.out.strip()
    tree = stage.tree(task)
    assert stage.said(task) == "x.envnode_modules/p/index.js"
    assert f"copied 1 and linked 1 of the files that git ignores, from {stage.repo}" in done.err
    assert stage.ok("diff", task).out == ""
    stage.ok("archive", task)
    slots = list(tree.parent.glob(".pool-*"))
    until(lambda: not (slots[0] / "node_modules").exists())
    assert (stage.repo / "node_modules/p/index.js").read_text() == "node_modules/p/index.js"
    (stage.repo / "x.env").write_text("newer")
    stage.ok("unarchive", task)
    assert (tree / "x.env").read_text() == "newer"
    stage.git("config", "phc.pool", "0")
    stage.ok("delete", task)
    until(lambda: not list(tree.parent.glob(".trash-*")))
    assert (stage.repo / "node_modules/p/index.js").exists()
