"""An address that is told by HTTP: `phc.notify.webhook`. Such an address is a secret itself, so
no error and no log names more of it than its host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from git_phc.errors import PhcError
from git_phc.model.notices import Notice
from git_phc.plugins import hook
from git_phc.plugins.notifiers import Notifier

PATIENCE = 10.0  # seconds for each step of the talk
HINT = "Set it: git config phc.notify.webhook https://…"


class Webhook(Notifier):
    """Posts the notice as JSON. Its `text` and `content` are what chat services show."""

    name = "webhook"

    def tell(self, notice: Notice, setting: str | None, environ: Mapping[str, str]) -> None:
        host = _host(setting or "")
        import httpx  # 190 ms, and nobody else needs it

        body = {**notice.data(), "content": notice.text}
        try:
            answer = httpx.post(setting or "", json=body, timeout=PATIENCE, follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # Their own words may hold the whole address.
            raise PhcError(f"{host} could not be told: {type(error).__name__}") from None
        if not answer.is_success:
            raise PhcError(f"{host} did not take it: it answered {answer.status_code}")


def _host(address: str) -> str:
    """The host to name. Raises PhcError for what is no address."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host:
        raise PhcError("phc.notify.webhook is no address that begins with https://", HINT)
    return host


@hook
def phc_notifiers() -> Sequence[Notifier]:
    """The webhook."""
    return [Webhook()]
