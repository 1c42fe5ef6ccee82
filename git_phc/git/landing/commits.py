"""Commits that land in the user's branches: their hooks and their signing hold for them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from git_phc.errors import Conflict, GitFailed, Refused
from git_phc.git.landing.trees import merge_commits, scratch_commit, tree_of
from git_phc.git.repo import Repo

OWN = ("-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false")


def make_commit(
    repo: Repo, tree: str, parents: Sequence[str], message: str, *, first: str, source: str
) -> str:
    """A commit of `tree`, as `git commit` would make it here; no ref, index or file moves.

    `first` is the hook before it (`pre-commit`, `pre-merge-commit`), which may change the
    tree; `source` what `prepare-commit-msg` is told. Raises Refused where one refuses.
    """
    with _folder(repo) as folder:
        index, text = folder / "index", folder / "COMMIT_EDITMSG"
        if (repo.git_dir / "index").exists():
            shutil.copy2(repo.git_dir / "index", index)  # its stat data save a hook much reading
        env = {"GIT_INDEX_FILE": str(index)}
        repo.git("read-tree", "--reset", tree, env=env)
        _hook(repo, first, env=env)
        tree = repo.git("write-tree", env=env).out.decode().strip()
        text.write_bytes(os.fsencode(message) + b"\n")
        _hook(repo, "prepare-commit-msg", str(text), source, env=env)
        _hook(repo, "commit-msg", str(text), env=env)
        said = repo.git("stripspace", input=text.read_bytes()).out
        if not said.strip():
            raise Refused("a hook left the commit without a message", "See: git help githooks")
        return write_commit(repo, tree, parents, said)


def write_commit(
    repo: Repo, tree: str, parents: Sequence[str], message: bytes, author: bytes | None = None
) -> str:
    """A commit object, signed where the user's settings ask for it."""
    above = [word for parent in parents for word in ("-p", parent)]
    signed = repo.git("config", "--type=bool", "--get", "commit.gpgSign", ok=(0, 1)).out
    sign = ["-S"] if signed.strip() == b"true" else []
    env = _author(author) if author else None
    done = repo.git("commit-tree", *sign, *above, tree, input=message, env=env, ok=())
    if done.ok:
        return done.out.decode().strip()
    if sign:
        raise Refused(
            f"the commit could not be signed: {' '.join(done.said.split())[:500]}",
            "Nothing was merged. See: git config commit.gpgSign",
        )
    raise GitFailed(["git", "commit-tree"], done.status, done.said)


def _author(line: bytes) -> dict[str, str]:
    person, _, when = line.rpartition(b"> ")
    name, _, mail = person.partition(b" <")
    given = {"NAME": name, "EMAIL": mail, "DATE": b"@" + when}
    return {f"GIT_AUTHOR_{key}": os.fsdecode(value) for key, value in given.items()}


@contextmanager
def _folder(repo: Repo) -> Iterator[Path]:
    repo.private.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="commit-", dir=repo.private) as folder:
        yield Path(folder)


def _hook(repo: Repo, name: str, *words: str, env: dict[str, str]) -> None:
    done = run_hook(repo, name, *words, env=env)
    if done is not None:
        raise Refused(
            f"the repository's {name} hook refuses: {done}",
            f"Nothing was merged. See what it wants in {repo.worktree}",
        )


def run_hook(repo: Repo, name: str, *words: str, env: dict[str, str] | None = None) -> str | None:
    """Runs a hook of the user's, where there is one; what it said when it failed, else None."""
    args = (*OWN, "hook", "run", "--ignore-missing", name, "--", *words)
    done = repo.git(*args, env=env, ok=(), hardened=False)
    if done.ok:
        return None
    return " ".join(done.said.split())[:500] or f"exit code {done.status}"


def replay(repo: Repo, onto: str, tip: str) -> str:
    """The commits of `tip` that `onto` lacks, made anew on top of it, as a rebase does.

    Raises Conflict, with the files, at the first that does not fit; Refused for merges.
    """
    from git_phc.git.landing.checkout import listed

    words = ("rev-list", "--reverse", "--topo-order", "--parents", tip, f"^{onto}", "--")
    for line in repo.text(*words).splitlines():
        commit, *parents = line.split()
        if len(parents) > 1:
            raise Refused(
                "its branch holds merge commits, which a rebase would lose",
                "Merge it with --squash, or without --rebase",
            )
        base = parents[0] if parents else scratch_commit(repo, tree_of(repo, None), [])
        theirs = commit if parents else scratch_commit(repo, tree_of(repo, commit), [base])
        ours = scratch_commit(repo, tree_of(repo, onto), [base])
        merged = merge_commits(repo, ours, theirs)
        if merged.clashes:
            names = listed(dict.fromkeys(name for one in merged.clashes for name in one.paths))
            raise Conflict(
                f"the task's commit {commit[:12]} conflicts with this branch: {names}",
                "Nothing was changed. Merge it without --rebase, or bring the task up to date",
            )
        if merged.tree != tree_of(repo, onto):  # else the branch has it already
            onto = _again(repo, commit, merged.tree, onto)
    return onto


def fingerprints(repo: Repo, commits: Sequence[str]) -> dict[str, bytes]:
    """What a replay leaves as it was: for each commit its author's line and its message."""
    if not commits:
        return {}
    words = ("log", "-z", "--no-walk=unsorted", "--no-show-signature", "--stdin")
    plain = ("--format=%H %an <%ae> %ad%n%B", "--date=raw")
    said = repo.git(*words, *plain, input="\n".join([*commits, ""]).encode()).out
    pairs = (one.partition(b" ") for one in said.split(b"\0") if one)
    return {commit.decode(): rest for commit, _, rest in pairs}


def _again(repo: Repo, commit: str, tree: str, onto: str) -> str:
    head, _, message = repo.git("cat-file", "commit", commit).out.partition(b"\n\n")
    lines = dict(line.partition(b" ")[::2] for line in head.split(b"\n"))
    return write_commit(repo, tree, [onto], message, lines[b"author"])
