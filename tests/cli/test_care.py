"""agents, config, doctor. What doctor mends and gc drops: tests/services."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.making import HERE, Maker
from tests.cli.told import told
from tests.kit import Phc, RunGit

DEFAULTS = """\
phc.autonomy        ask                          default
phc.branchPrefix    phc/                         default
phc.environment     the only one there is        default
phc.followInterval  10s on a forge, else 2s      default
phc.jobs            the number of processors     default
phc.lease           5m                           default
phc.maxBlob         45m                          default
phc.mode            worktree                     default
phc.network         full                         default
phc.notify          nobody                       default
phc.notifyOn        finished, failed, needs-you  default
phc.pool            2                            default
phc.pushAlong       false                        default
phc.remoteTimeout   5m                           default
phc.sandbox         none                         default
phc.share           named                        default
phc.sign            off                          default
phc.titleInBranch   true                         default
phc.waitLimit       15m                          default
phc.worktreeDir     beside the repository        default
"""


def test_agents(repo: Path, phc: Phc) -> None:
    shown = phc("agents", cwd=repo)
    assert (shown.code, shown.err) == (0, "")
    rows = {line.split()[0]: line for line in shown.out.splitlines()}
    assert rows["command"].endswith("ready to use")
    document = json.loads(phc("agents", "--json", cwd=repo).out)
    listed = {agent["name"]: agent for agent in document["agents"]}
    assert (document["schema"], list(listed)) == (1, list(rows))
    assert listed["command"]["missing"] is None
    assert all(agent["about"] for agent in listed.values())
    assert all("hint" in agent for agent in listed.values() if agent["missing"])


def test_settings_that_nobody_has_set(repo: Path, phc: Phc) -> None:
    shown = phc("config", cwd=repo)
    assert (shown.code, shown.out, shown.err) == (0, DEFAULTS, "")


def test_settings_and_where_they_were_said(repo: Path, home: Path, phc: Phc, git: RunGit) -> None:
    git(repo, "config", "--global", "phc.mode", "worktree")
    git(repo, "config", "phc.mode", "local")
    git(repo, "config", "phc.branchPrefix", "work/")
    git(repo, "config", "phc.agents.mine.command", "run\nme")
    document = json.loads(phc("config", "--json", cwd=repo).out)
    found = {each["key"]: (each["value"], each["origin"]) for each in document["settings"]}
    assert found["phc.mode"] == ("local", "file:.git/config")
    assert found["phc.branchPrefix"] == ("work/", "file:.git/config")
    assert found["phc.agents.mine.command"][0] == "run\nme"
    assert found["phc.jobs"] == ("the number of processors", "default")
    lines = phc("config", cwd=repo).lines
    assert next(line.split() for line in lines)[:3] == ["phc.agents.mine.command", "run", "me"]
    assert len(lines) == 1 + len(DEFAULTS.splitlines())


def test_a_setting_of_many_values_is_shown_whole(repo: Path, phc: Phc, git: RunGit) -> None:
    for words in ("--global phc.notify bell", "--global phc.notifyOn finished,failed"):
        git(repo, "config", *words.split())
    git(repo, "config", "phc.notify", "osc9 command")
    for word in ("failed", "needs-you"):
        git(repo, "config", "--add", "phc.notifyOn", word)
    document = json.loads(phc("config", "--json", cwd=repo).out)
    found = {each["key"]: (each["value"], each["origin"]) for each in document["settings"]}
    assert found["phc.notify"] == ("bell, osc9, command", "file:.git/config")
    assert found["phc.notifyOn"] == ("failed, needs-you", "file:.git/config")


def test_doctor_finds_what_nobody_would_be_told_by(repo: Path, phc: Phc, git: RunGit) -> None:
    git(repo, "config", "phc.notifyOn", "failed,everything")
    assert phc("doctor", cwd=repo).code == 0  # it is used by nobody
    git(repo, "config", "phc.notify", "bell bel")
    found = phc("doctor", cwd=repo)
    assert (found.code, found.err) == (1, "")
    assert found.out == (
        "- phc.notifyOn names 'everything', which is none of finished, failed, needs-you\n"
        "  Set it: git config phc.notifyOn needs-you\n"
        "- phc.notify names bel, and nothing here is called so\n"
        "  It is made of bell, osc9, osc777, command, webhook, and what plugins bring\n"
    )


def test_doctor(make: Maker, repo: Path, phc: Phc, git: RunGit) -> None:
    well = phc("doctor", cwd=repo)
    assert (well.code, well.out, well.err) == (0, "All is well.\n", "")
    make("Lost", "running", clone=HERE)
    git(repo, "update-ref", "refs/phc/tasks/" + "k" * 32, "HEAD")
    ill = phc("doctor", cwd=repo)
    assert (ill.code, ill.err) == (1, "")
    assert told(ill.out) == (
        "- the task kkkkkkkkkkkk cannot be read: refs/phc/tasks/TASK does not hold a task\n"
        "  Look closer: git fsck\n"
        "- the run of SHORT was interrupted: Lost\n"
        "  Go on: git phc resume SHORT; or end it: git phc stop SHORT\n"
    )
    document = json.loads(phc("doctor", "--json", cwd=repo).out)
    assert [set(finding) for finding in document["findings"]] == [{"what", "hint"}] * 2
