"""Signs commits of ours by git itself, with the user's own format, program and key.

By `git commit-tree -S`, not by the program that signs: git knows how a key is named, asked for
and found (a file, `key::…`, an agent, `gpg.ssh.defaultKeyCommand`), in each format.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from git_phc.errors import Refused
from git_phc.git.encoding import COMMIT, Signature
from git_phc.git.objects import Writer
from git_phc.git.repo import Repo

# The object as we would write it: synced, and in UTF-8 whatever the user's messages are in.
WORDS = ("-c", "core.fsync=all", "-c", "i18n.commitEncoding=UTF-8", "commit-tree", "-S")


def has_key(repo: Repo) -> bool:
    """Whether the user has told git what to sign with."""
    names = "user.signingkey|gpg.ssh.defaultkeycommand"
    return repo.git("config", "--get-regexp", f"^({names})$", ok=(0, 1)).ok


def put_signed(
    repo: Repo, writer: Writer, tree: str, parents: Sequence[str], who: Signature, message: str
) -> str:
    """Stores a signed commit. Raises Refused, in the words of who could not sign."""
    above = [word for parent in parents for word in ("-p", parent)]
    date = f"@{who.seconds} {who.zone}"
    env = {"GIT_AUTHOR_NAME": who.name, "GIT_AUTHOR_EMAIL": who.email, "GIT_AUTHOR_DATE": date}
    env |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in env.items()}
    text = os.fsencode(message.rstrip("\n") + "\n")
    done = repo.git(*WORDS, *above, tree, input=text, env=env, ok=())
    if not done.ok:
        said = " ".join(done.said.replace("fatal: failed to write commit object", "").split())
        raise Refused(
            f"it cannot be signed: {said[:500] or f'git ended with {done.status}'}",
            "See what it is signed with: git config --get-regexp '^(gpg|user.signingkey)'; "
            "to sign nothing: git config phc.sign off",
        )
    oid = done.out.decode().strip()
    # once more by the writer, who holds what it has stored against a prune
    return writer.put(COMMIT, repo.git("cat-file", "commit", oid).out)
