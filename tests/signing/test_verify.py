"""Events are signed with the user's own key, and checked against who is said to have made them."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stage import OBEY, Stage, until
from tests.kit import MakeRepo, require, run_program
from tests.signing.conftest import Gpg, Ssh


def verified(stage: Stage, code: int = 0, *tasks: str) -> list[dict[str, Any]]:
    done = stage.phc("verify", "--json", *tasks, cwd=stage.repo)
    assert done.code == code, done
    found: list[dict[str, Any]] = json.loads(done.out)["tasks"]
    return found


def whys(found: list[dict[str, Any]]) -> set[str]:
    return {finding["why"] for one in found for finding in one["findings"]}


def forge(stage: Stage, task: str, *words: str, **config: str) -> None:
    """Makes the task's last commit once more, signed by other settings."""
    ref = f"refs/phc/tasks/{task}"
    tree, parent = stage.git("rev-parse", f"{ref}^{{tree}}", f"{ref}^").split()
    settings = [w for k, v in config.items() for w in ("-c", f"{k.replace('_', '.')}={v}")]
    made = stage.git(*settings, "commit-tree", *words, "-p", parent, "-m", "forged", tree)
    stage.git("update-ref", ref, made)


@pytest.mark.parametrize("object_format", [pytest.param("sha1", marks=pytest.mark.slow), "sha256"])
def test_a_whole_run_is_signed_and_verified(
    object_format: str, stage: Stage, ssh: Ssh, make_repo: MakeRepo
) -> None:
    repo = make_repo("other", object_format=object_format)
    (repo / ".git/config").write_bytes(
        (repo / ".git/config").read_bytes()
        + (stage.repo / ".git/config").read_bytes().partition(b"[gpg]")[1]
        + (stage.repo / ".git/config").read_bytes().partition(b"[gpg]")[2]
    )
    stage = Stage(repo, stage.phc, stage.run_git, stage.processes)
    task = stage.start("echo a > a; git add a; git commit -qm a", "--title", "The title")
    stage.ok("edit", task, "--title", "Ä title")
    (one,) = verified(stage)
    assert (one["id"], one["verdict"], one["findings"]) == (task, "good", [])
    count = int(stage.git("rev-list", "--count", f"refs/phc/tasks/{task}"))
    assert one["events"] == {"good": count}
    assert stage.ok("verify").out == f"{task[:8]}  good  {count} events  Ä title\n"
    stage.git("verify-commit", f"refs/phc/tasks/{task}")  # git itself says so, too
    stage.sound()


def test_what_is_not_signed_is_told(stage: Stage, ssh: Ssh) -> None:
    stage.git("config", "phc.sign", "off")
    task = stage.start("true")
    (one,) = verified(stage, 1)
    assert (one["verdict"], whys([one])) == ("unsigned", {"it is not signed"})
    stage.git("config", "phc.sign", "if-key")
    stage.ok("edit", task, "--title", "Signed")
    assert verified(stage, 1)[0]["events"]["good"] == 1
    stage.git("config", "--unset", "user.signingKey")
    stage.ok("edit", task, "--title", "Not signed")  # no key, so none was asked for
    assert verified(stage, 1)[0]["events"]["good"] == 1
    assert stage.no(2, "verify", "--nonsense")
    assert stage.no(3, "verify", "kkkkkkkk")


@pytest.mark.slow
def test_of_many_each_has_its_own_verdict(stage: Stage, ssh: Ssh) -> None:
    tasks = [stage.start("true", "-m", "local", "--title", f"The {n}") for n in range(2)]
    forge(stage, tasks[0])
    stage.git("update-ref", f"refs/phc/tasks/{'k' * 32}", "HEAD")  # no task at all
    done = stage.phc("verify", cwd=stage.repo)
    assert done.code == 1
    found = {line.split()[0]: line.split()[1] for line in done.out.splitlines()}
    assert found == {tasks[0][:8]: "unsigned", tasks[1][:8]: "good"}
    assert "the task kkkkkkkkkkkk cannot be read" in done.err
    assert stage.ok("verify", tasks[1]).out.split()[1] == "good"


@pytest.mark.slow
def test_a_key_that_goes_in_the_middle_of_a_run_loses_nothing(stage: Stage, ssh: Ssh) -> None:
    key = ssh.key("ada")
    away = f"mv {key} {key}.away; echo more >> made; git add made; git commit -qm made"
    done = stage.phc("start", "-q", away, *OBEY, cwd=stage.repo)
    assert done.code == 1, done
    task = stage.ok("status", "-q").out.strip()
    assert stage.status(task) == "interrupted"
    assert (stage.tree(task) / "made").read_text() == "more\n"
    assert "it cannot be signed" in stage.no(1, "resume", task)
    key.with_suffix(".away").rename(key)
    stage.ok("edit", task, "--title", "Signed again")
    stage.phc("resume", task, cwd=stage.repo)
    assert verified(stage, 0)[0]["verdict"] == "good"


def test_a_history_with_a_gap_is_not_good(stage: Stage, ssh: Ssh) -> None:
    task = stage.start("true", "-m", "local")
    ref = f"refs/phc/tasks/{task}"
    data = stage.git("cat-file", "commit", ref)
    parent = stage.git("rev-parse", f"{ref}^")
    gap = data.replace(f"parent {parent}", f"parent {'1' * 40}") + "\n"
    made = stage.git("hash-object", "-w", "-t", "commit", "--stdin", input=gap)
    stage.git("update-ref", ref, made)
    assert whys(verified(stage, 5)) == {"its history cannot be read: objects are missing"}


def test_a_setting_that_means_nothing_is_refused(stage: Stage) -> None:
    stage.git("config", "phc.sign", "always")
    assert "none of off, if-key, required" in stage.no(2, "start", "x", "--", "true")


@pytest.mark.parametrize(
    "how",
    [
        "no key",
        *(pytest.param(how, marks=pytest.mark.slow) for how in ("no such key", "no program")),
    ],
)
def test_what_cannot_be_signed_is_not_made(how: str, stage: Stage, ssh: Ssh) -> None:
    task = stage.start("echo kept > kept")
    tree = stage.tree(task)
    until(lambda: not any(name.startswith(("live/", "runs/")) for name in stage.left_behind()))
    if how == "no key":
        stage.git("config", "--unset", "user.signingKey")
        stage.git("config", "gpg.format", "ssh")
    elif how == "no such key":
        stage.git("config", "user.signingKey", "/nowhere/key")
    else:
        stage.git("config", "gpg.ssh.program", "/nowhere/program")
    before = stage.git("for-each-ref", "refs/phc/tasks", "refs/heads"), stage.left_behind()
    for words in (
        ["start", "more", "--", "true"], ["edit", task, "--title", "x"], ["done", task],
        ["merge", task], ["send", task, "more"], ["delete", task],
    ):  # fmt: skip
        assert "it cannot be signed: " in stage.no(1, *words)
        now = stage.git("for-each-ref", "refs/phc/tasks", "refs/heads"), stage.left_behind()
        assert now == before, words
    assert (tree / "kept").exists()


@pytest.mark.slow
def test_each_kind_of_a_bad_signature(
    stage: Stage, ssh: Ssh, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = stage.start("true", "-m", "local")
    eve = str(ssh.key("eve"))
    forge(stage, task, "-S", user_signingKey=eve)
    (one,) = verified(stage, 5)
    assert one["events"]["unknown"] == 1  # a key that is in no list
    ssh.allow(("ada@example.com", "", "ada"), ("eve@example.com", "", "eve"))
    (one,) = verified(stage, 5)
    assert whys([one]) == {"it is signed by eve@example.com, not by ada@example.com"}
    assert (
        f"{one['findings'][0]['commit'][:12]} run_ended by Ada Tester"
        in stage.phc("verify", task, cwd=stage.repo).out
    )
    forge(stage, task)
    assert verified(stage, 1)[0]["events"]["unsigned"] == 1
    ssh.allow(("*@example.com", "", "ada"))
    forge(stage, task, "-S")
    verified(stage)
    ssh.allow(("ada@example.com", 'namespaces="file"', "ada"))
    assert verified(stage, 5)[0]["verdict"] in ("bad", "unknown")
    stage.git("config", "--unset", "gpg.ssh.allowedSignersFile")
    assert whys(verified(stage, 5)) == {"no file says who may sign (gpg.ssh.allowedSignersFile)"}


@pytest.mark.slow
def test_changed_after_it_was_signed(stage: Stage, ssh: Ssh) -> None:
    task = stage.start("true", "-m", "local")
    ref = f"refs/phc/tasks/{task}"
    data = stage.git("cat-file", "commit", ref)
    changed = data.replace("Phc-Status: ready", "Phc-Status: done")
    assert changed != data
    made = stage.git("hash-object", "-w", "-t", "commit", "--stdin", input=changed + "\n")
    stage.git("update-ref", ref, made)
    assert verified(stage, 5)[0]["events"].keys() > {"good"}


@pytest.mark.slow
def test_a_key_is_good_for_what_it_signed_in_its_time(stage: Stage, ssh: Ssh) -> None:
    task = stage.start("true", "-m", "local")
    later, before = (time.strftime("%Y%m%d", time.gmtime(time.time() + s)) for s in (3e5, -3e5))
    for options, code in (
        (f'valid-before="{later}"', 0), (f'valid-after="{before}"', 0),
        (f'valid-before="{before}"', 5), (f'valid-after="{later}"', 5),
    ):  # fmt: skip
        ssh.allow(("ada@example.com", options, "ada"))
        verified(stage, code, task)
    ssh.allow(("ada@example.com", "", "ada"))
    revoked = ssh.folder / "revoked"
    revoked.write_text(ssh.key("ada").with_suffix(".pub").read_text())
    verified(stage, 0)
    stage.git("config", "gpg.ssh.revocationFile", revoked)
    verified(stage, 5)


@pytest.mark.slow
def test_what_was_found_good_is_not_asked_again_until_trust_changes(
    stage: Stage, ssh: Ssh, tmp_path: Path
) -> None:
    task = stage.start("true", "-m", "local")
    log, program = tmp_path / "asked", tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho x >> {log}\nexec ssh-keygen "$@"\n')
    program.chmod(0o755)
    stage.git("config", "gpg.ssh.program", program)

    def asked() -> int:
        verified(stage)
        count = len(log.read_text().split()) if log.exists() else 0
        log.unlink(missing_ok=True)
        return count

    events = int(stage.git("rev-list", "--count", f"refs/phc/tasks/{task}"))
    assert [asked(), asked()] == [events, 0]
    ssh.allow(("ada@example.com", "", "ada"), ("eve@example.com", "", "eve"))
    assert [asked(), asked()] == [events, 0]


@pytest.mark.slow
def test_with_gpg(stage: Stage, gpg: Gpg) -> None:
    then = ("--faked-system-time", "20200101T000000")
    gpg(*then, "--quick-gen-key", "Ada Tester <ada@example.com>", "ed25519", "sign", "never")
    stage.git("config", "phc.sign", "required")
    task = stage.start("true", "-m", "local")
    verified(stage, 0)
    gpg("--quick-gen-key", "Eve <eve@example.com>", "ed25519", "sign", "never")
    forge(stage, task, "-S", user_signingKey="eve@example.com")
    (why,) = whys(verified(stage, 5))
    assert why.startswith("it is signed by ")
    assert "Eve" in why
    forge(stage, task, "-S")
    verified(stage, 0)
    fingerprint = _fingerprint(gpg, "ada@example.com")
    then = ("--faked-system-time", "20200102T000000")
    gpg(*then, "--quick-set-expire", fingerprint, "2021-01-01")
    assert whys(verified(stage, 5)) == {"it was signed when the key had expired"}
    gpg("--quick-set-expire", fingerprint, "seconds=2")
    time.sleep(3)
    verified(stage, 0)  # it has expired since
    gpg("--quick-set-expire", fingerprint, "1y")
    verified(stage, 0)
    ownertrust = f"{fingerprint}:2:\n"  # not known
    gpg("--import-ownertrust", input=ownertrust)
    (why,) = whys(verified(stage, 5))
    assert why.startswith("trust in the key that it is signed with is ")
    stage.git("config", "gpg.minTrustLevel", "undefined")
    verified(stage, 0)
    (certificate,) = (Path(os.environ["GNUPGHOME"]) / "openpgp-revocs.d").glob(f"{fingerprint}*")
    gpg("--import", input=certificate.read_text().replace(":-----BEGIN", "-----BEGIN"))
    assert whys(verified(stage, 5)) == {"its signature is by a revoked key"}
    gpg("--delete-secret-and-public-key", fingerprint)
    assert whys(verified(stage, 5)) == {"the key that it is signed with is not known"}


def _fingerprint(gpg: Gpg, who: str) -> str:
    lines = gpg("--with-colons", "--list-keys", who).splitlines()
    return next(line.split(":")[9] for line in lines if line.startswith("fpr:"))


@pytest.mark.slow
def test_with_x509(stage: Stage, gpg: Gpg, tmp_path: Path) -> None:
    require("gpgsm")
    home = Path(os.environ["GNUPGHOME"])
    (home / "gpgsm.conf").write_text("disable-crl-checks\n")
    ask = (
        "%no-protection\nKey-Type: RSA\nKey-Length: 2048\nKey-Usage: sign\nSerial: random\n"
        "Name-DN: CN=Ada Tester\nName-Email: ada@example.com\n%commit\n"
    )
    made = tmp_path / "certificate"
    gen = ["gpgsm", "--batch", "--pinentry-mode", "loopback", "--passphrase-fd", "0"]
    done = run_program([*gen, "--output", made, "--gen-key", _file(tmp_path, ask)], input="\n")
    assert done.code == 0, done
    assert run_program(["gpgsm", "--batch", "--import", made]).code == 0
    listed = run_program(["gpgsm", "--with-colons", "--list-keys", "ada@example.com"]).lines
    fingerprint = next(line.split(":")[9] for line in listed if line.startswith("fpr:"))
    (home / "trustlist.txt").write_text(f"{fingerprint} S relax\n")
    run_program(["gpgconf", "--kill", "gpg-agent"])
    stage.git("config", "gpg.format", "x509")
    stage.git("config", "user.signingKey", fingerprint)
    stage.git("config", "phc.sign", "required")
    task = stage.start("true", "-m", "local")
    verified(stage, 0)
    stage.git("config", "user.email", "eve@example.com")
    stage.ok("edit", task, "--title", "Eve's")
    (why,) = whys(verified(stage, 5))
    assert why.startswith("it is signed by ")


def _file(folder: Path, text: str) -> Path:
    path = folder / "ask"
    path.write_text(text)
    return path
