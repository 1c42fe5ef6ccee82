"""Whose tasks a worker runs, by its owner's word; it stands in the worker's own repository.

Nothing that comes from a remote runs on a worker before this has been asked. In any other
repository there is no policy, and people are asked for their consent.
"""

from __future__ import annotations

from msgspec import Struct

from git_phc.errors import Refused, UsageError
from git_phc.host.paths import read_text, replace_file
from git_phc.services.context import Context
from git_phc.store import layout

ANYONE, SIGNERS = "anyone", "signers"


class Policy(Struct, frozen=True):
    """Whose tasks run here, and whose words count.

    Attributes:
        serves: whether this is a worker's own repository.
        is_signed: whether each event must be signed by who says that they have made it.
        people: their addresses, in small letters; none for all who pass `is_signed`.
    """

    serves: bool = False
    is_signed: bool = False
    people: frozenset[str] = frozenset()

    def counts(self, address: str) -> bool:
        """Whether what this person says counts; it was signed by then, where it must be."""
        return self.serves and (not self.people or address.lower() in self.people)

    def encode(self) -> str:
        return " ".join([SIGNERS if self.is_signed else ANYONE, *sorted(self.people)])

    def __str__(self) -> str:
        if not self.is_signed:
            return "the tasks of whoever may push there"
        return f"the signed tasks of {', '.join(sorted(self.people)) or 'all known signers'}"


NONE = Policy()


def policy_here(ctx: Context) -> Policy:
    """The policy of this repository, where it is a worker's."""
    words = (read_text(layout.policy_file(ctx.repo)) or "").split()
    return Policy(True, words[0] == SIGNERS, frozenset(words[1:])) if words else NONE


def set_policy(ctx: Context, policy: Policy) -> None:
    """From now on this worker's repository obeys it."""
    if policy_here(ctx) != policy:
        replace_file(layout.policy_file(ctx.repo), policy.encode().encode())


def choose_policy(ctx: Context, *, trusts_remote: bool) -> Policy:
    """What the worker's owner has said: by the flag, by `phc.workerAllow`, or by setting up whose
    signatures are known. Raises Refused where they have said nothing of it.
    """
    if trusts_remote:
        return Policy(True)
    allowed = ctx.setting("workerAllow")
    words = (allowed or "").replace(",", " ").lower().split()
    people = frozenset(word for word in words if word != SIGNERS)
    if wrong := sorted(word for word in people if "@" not in word):
        raise UsageError(
            f"phc.workerAllow names {wrong[0]!r}, which is neither {SIGNERS} nor an address",
            f"Set it: git config phc.workerAllow {SIGNERS}",
        )
    from git_phc.git.signatures import Trust  # who only asks for the policy does without

    if Trust(ctx.repo).names_signers or ctx.setting("sign") == "required":
        return Policy(True, True, people)
    if allowed:
        raise Refused(
            "phc.workerAllow lets signers alone in, and git is told of none",
            "Name their keys: git config --global gpg.ssh.allowedSignersFile FILE",
        )
    raise Refused(
        "nobody has said whose tasks this worker may run",
        "Let in those who sign: git config --global gpg.ssh.allowedSignersFile FILE; "
        "or whoever may push to the remote: --trust-remote",
    )
