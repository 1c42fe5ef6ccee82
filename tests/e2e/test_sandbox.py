"""Tasks that ask for a sandbox: what their agents may, and that they never run without."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import psutil
import pytest

from tests.e2e.stage import Stage, until
from tests.kit import MakeRepo
from tests.sandboxes.yard import require_bubblewrap

IN = ("--sandbox", "bubblewrap")


@pytest.fixture(autouse=True)
def _bubblewrap() -> None:
    require_bubblewrap(as_root=True)


def test_an_agent_works_in_its_worktree_and_reads_history(stage: Stage) -> None:
    task = stage.start("echo hello > new.txt; git log --format=%s; git status --short", *IN)
    assert stage.status(task) == "ready"
    assert stage.said(task) == "The first commit\n?? new.txt\n"
    assert (stage.tree(task) / "new.txt").read_text() == "hello\n"
    shown = stage.show(task)
    assert shown["sandbox"] == "bubblewrap"
    assert shown["changes"]["files"] == 1
    notes = [record for record in stage.records(task) if record.get("sandbox")]
    assert [note["text"] for note in notes] == ["it works in the sandbox bubblewrap"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["local", "worktree"])
def test_what_decides_over_the_users_git_cannot_be_written(stage: Stage, mode: str) -> None:
    before = stage.git("config", "--list", "--local")
    common = stage.repo / ".git"
    task = stage.start(
        f"""
        try() {{ sh -c "$1" 2>/dev/null && echo "done: $1"; }}
        try 'git config core.fsmonitor evil'
        try 'echo evil >> {common}/config'
        try 'echo evil > {common}/hooks/post-checkout'
        try 'git update-ref refs/heads/main HEAD~0 && git tag x'
        try 'rm -rf {common}/objects/*'
        try 'echo evil > .git'
        try 'mv .git .other'
        true
        """, "-m", mode, *IN,
    )  # fmt: skip
    assert stage.status(task) == "ready"
    assert stage.said(task) == ""
    assert stage.git("config", "--list", "--local") == before
    stage.sound()


@pytest.mark.slow
def test_the_users_affairs_are_not_seen(stage: Stage, home: Path) -> None:
    (home / ".ssh").mkdir()
    (home / ".ssh" / "id").write_text("private key\n")
    other = stage.start("printf sword > secret.txt; printf fish >> secret.txt")
    stage.git("config", "http.extraHeader", "Authorization: password-1")
    stage.git("remote", "add", "far", "https://ada:password-2@example.com/x")
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(stage.repo.parent / "agent.sock"))
        env = {"SSH_AUTH_SOCK": str(stage.repo.parent / "agent.sock"), "TOKEN": "password-3"}
        script = f"""
            cat {home}/.ssh/id; cat {stage.tree(other)}/secret.txt; ls {stage.repo.parent}/*.sock
            test -S "$SSH_AUTH_SOCK" && echo "an agent"; env; git config --list
            cat {stage.repo}/.git/config; ls {stage.repo}/.git/worktrees; cat .git; true
        """
        task = stage.start(script, *IN, env=env)
    said = stage.said(task)
    for word in ("private key", "swordfish", "an agent", "password", "SSH_AUTH=", other):
        assert word not in said.replace(script.strip(), "")
    assert "url = https://example.com/x" in said.replace('"', "")


@pytest.mark.slow
def test_a_variable_and_a_folder_are_let_in_by_name(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "one").write_text("model\n")
    stage.git("config", "--add", "phc.sandboxEnv", "TOKEN")
    stage.git("config", "--add", "phc.sandboxRead", folder)
    script = f"echo $TOKEN; cat {folder}/one; echo x > {folder}/one || echo refused"
    task = stage.start(script, *IN, env={"TOKEN": "given"})
    assert "given\nmodel\n" in stage.said(task)
    assert "refused" in stage.said(task)


@pytest.mark.slow
def test_what_it_makes_of_its_folder_runs_nothing_outside(stage: Stage) -> None:
    """A repository within the worktree, whose configuration names programs, is not looked into."""
    evil = stage.repo.parent / "evil"
    script = f"""
        mkdir inner && cd inner && git init -q && git config user.email a@b
        git config user.name A && git config filter.x.clean 'touch {evil}; cat'
        git config core.fsmonitor 'touch {evil}'
        echo '* filter=x' > .gitattributes && echo 1 > file
        git -c filter.x.clean=cat -c core.fsmonitor=false add . && git commit -qm x
        echo 2 > file; touch -d '2 days ago' .gitattributes
    """
    task = stage.start(script, *IN)
    assert (stage.tree(task) / "inner" / ".git").is_dir()
    told = stage.no(1, "done", task)
    assert "the worktree holds work that no checkpoint can carry: inner" in told
    assert not evil.exists()


@pytest.mark.slow
def test_submodules_cannot_be_made_to_run_anything(stage: Stage, make_repo: MakeRepo) -> None:
    evil = stage.repo.parent / "evil"
    module = make_repo("module")
    stage.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", module, "deep/sub")
    stage.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", module, "empty")
    stage.git("commit", "-qm", "modules")
    stage.git("submodule", "deinit", "-f", "empty")
    script = f"""
        for at in deep/sub empty; do
            rm -rf $at/.git; mv $at $at.away; mv deep away
            (mkdir -p $at && cd $at && git init -q && git config core.fsmonitor 'touch {evil}' &&
             git config filter.x.clean 'touch {evil}; cat' && echo '* filter=x' > .gitattributes)
        done 2>/dev/null; true
    """
    task = stage.start(script, *IN, "-m", "local")
    assert stage.status(task) == "ready"
    assert not evil.exists()
    assert stage.git("submodule", "status").split()[1::3][0] == "deep/sub"


@pytest.mark.slow
def test_a_link_that_was_laid_in_its_home_is_not_followed(stage: Stage, home: Path) -> None:
    (home / "secret").write_text('{"prompts": "of another"}')
    one = stage.fake(
        f"[[run ln -s {home}/secret ~/link; mkfifo ~/pipe]]", "--autonomy", "bypass", *IN
    )
    notes = [r["text"] for r in stage.records(one) if r.get("sandbox")]
    inside = stage.repo / ".git" / "phc" / "homes" / one
    assert notes[1:] == [
        f"{inside}/link was removed: it leads out of the sandbox",
        f"{inside}/pipe was removed: it leads out of the sandbox",
    ]
    assert (home / "secret").exists()
    stage.ok("done", one)
    assert not inside.exists()


@pytest.mark.slow
def test_it_stays_in_its_sandbox(stage: Stage) -> None:
    task = stage.start("echo $PHC_SANDBOX", *IN)
    stage.ok("resume", "-q", task)
    stage.ok("send", "-q", task, "echo again $PHC_SANDBOX")
    fork = stage.ok("fork", "-q", task).out.strip()
    stage.ok("send", "-q", fork, "echo fork $PHC_SANDBOX", "-d")
    stage.phc("wait", fork, cwd=stage.repo)
    assert stage.said(task).split() == ["bubblewrap", "bubblewrap", "again", "bubblewrap"]
    assert stage.show(fork)["sandbox"] == "bubblewrap"


def test_without_the_sandbox_it_does_not_run(stage: Stage, tmp_path: Path) -> None:
    bare = {"PATH": str(tmp_path / "bin")}
    (tmp_path / "bin").mkdir()
    for name in ("git", "sh", "env"):
        (tmp_path / "bin" / name).symlink_to(f"/usr/bin/{name}")
    told = stage.no(1, "start", "touch x", *IN, "--", "sh", "-c", "touch x", env=bare)
    assert told == (
        "git phc: the sandbox bubblewrap cannot work here: bwrap is not on PATH. "
        "Install the package bubblewrap."
    )
    task = stage.start("echo one", *IN)
    stage.phc("resume", "-q", task, cwd=stage.repo, env=bare)
    shown = stage.show(task)
    assert shown["status"] == "failed"
    assert stage.said(task) == "one\n"
    assert "the sandbox bubblewrap cannot work here" in stage.ok("status", task).out


@pytest.mark.slow
def test_refusals(stage: Stage) -> None:
    told = stage.no(1, "start", "x", "--sandbox", "cage", "--", "true")
    assert told.startswith("git phc: there is no sandbox called cage.")
    stage.git("config", "phc.sandbox", "bubblewrap")
    task = stage.start("echo $PHC_SANDBOX")
    assert stage.said(task) == "bubblewrap\n"
    free = stage.start("echo free $PHC_SANDBOX", "--sandbox", "none")
    assert stage.said(free) == "free\n"
    assert "sandbox" not in stage.show(free)


@pytest.mark.slow
def test_a_killed_supervisor_leaves_nothing_inside(stage: Stage) -> None:
    task = stage.start("echo up; setsid sleep 4712 & wait", "-d", *IN)
    until(lambda: "up" in stage.said(task))

    def inside() -> list[int]:
        found = psutil.process_iter(["pid", "cmdline"])
        return [one.pid for one in found if "4712" in (one.info["cmdline"] or ())]

    until(inside)
    stage.supervisor(task).kill()
    until(lambda: not inside())
    stage.ok("stop", task)


@pytest.mark.slow
def test_setup_and_teardown_are_inside_too(stage: Stage, home: Path) -> None:
    (home / "secret").write_text("x")
    folder = stage.repo / ".phc" / "environments"
    folder.mkdir(parents=True)
    look = f"echo $PHC_SANDBOX; test -e {home}/secret && echo seen"
    (folder / "dev.toml").write_text(
        f"name = 'Dev'\n[setup]\nscript = '''{look}\ntrue'''\n"
        f"[teardown]\nscript = '''({look}; true) > told; cp told {stage.repo}/told || true\n"
        "cat told; exit 3'''\n"
    )
    stage.git("add", "-A")
    stage.git("commit", "-qm", "environment")
    stage.ok("trust", ".phc/environments/dev.toml", "-y")
    task = stage.start("cat told; true", *IN)
    said = "".join(r["text"] for r in stage.records(task) if r.get("stream") == "setup")
    assert said == "bubblewrap\n"
    done = stage.ok("done", task)
    log = Path((done.out + done.err).rpartition("what it said: ")[2].split()[0].rstrip("."))
    assert log.read_text().splitlines()[-1:] == ["bubblewrap"]
    assert not (stage.repo / "told").exists()


CONNECT = """
ask() {
    exec 3<>/dev/tcp/127.0.0.1/${http_proxy##*:}
    printf 'CONNECT %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n' "$1" "$1" >&3; head -n1 <&3
}
"""


@pytest.mark.slow
def test_the_network_is_what_its_environment_and_its_owner_say(stage: Stage, home: Path) -> None:
    (home / "token").write_text("swordfish-4711\n")
    folder = stage.repo / ".phc" / "environments"
    folder.mkdir(parents=True)
    (folder / "dev.toml").write_text("name = 'Dev'\n[cloud]\nsecrets = ['API_TOKEN']\n")
    stage.git("config", "phc.secrets.API_TOKEN.file", home / "token")
    stage.git("add", "-A")
    stage.git("commit", "-qm", "environment")
    stage.ok("trust", ".phc/environments/dev.toml", "-y")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        stage.git("config", "phc.allowedAddresses", f"near.example=127.0.0.1:{port}")
        stage.git("config", "phc.allowedDomains", f"near.example:{port}")
        script = f"{CONNECT}\nask near.example:{port}; ask far.example:443; "
        script += "echo ${#API_TOKEN} $API_TOKEN"
        task = stage.start(script, *IN, "--", "bash", "-c", 'eval "$PHC_PROMPT"')
    lines = stage.said(task).splitlines()
    assert lines[0].startswith("HTTP/1.1 200")
    assert lines[1].startswith("HTTP/1.1 403")
    assert lines[2].split()[0] == "14"
    assert "swordfish" not in json.dumps(stage.records(task))
    notes = [r["text"] for r in stage.records(task) if r["kind"] == "note"]
    assert f"reached near.example:{port}" in notes
    assert any(note.startswith("denied far.example:443: it is not among") for note in notes)
    assert "denied" in stage.ok("status", task).out
