"""What cannot hold when somebody lies, and the check on receipt that meets the lie.

A state is joined only when its events were checked: each is of the task that its ref is named
for, its clock is above its parents', and the snapshot beside the last one is their fold.
"""

from __future__ import annotations

import json

from git_phc.model.codec import encode
from git_phc.model.event import Event, parse_event
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.created import Created
from git_phc.model.events.edited import Edited
from git_phc.model.events.progressed import Progressed
from git_phc.model.fold import fold
from git_phc.model.snapshot import files_from_state, state_from_files
from git_phc.model.state import join
from tests.model.making import Clone, started


def test_two_roots_do_not_commute_and_are_of_two_tasks() -> None:
    one, two = Clone("one"), Clone("two")
    first, second = one.say(Created()), two.say(Created())
    assert join(one.state, two.state).root != join(two.state, one.state).root
    assert first.task_id != second.task_id  # the second is not of the task that it came for


def test_a_lying_snapshot_does_not_commute_and_is_not_the_fold() -> None:
    clone = started()
    claim = clone.say(Claimed(1, None, "box", "local")).id
    clone.say(Progressed(claim, "preparing"))
    files = files_from_state(clone.id, clone.state)
    path = f"runs/{claim}"
    lie = json.loads(files[path])
    lie["status"]["status"] = "running"
    lies = state_from_files({**files, path: encode(lie)})
    assert join(lies, clone.state) != join(clone.state, lies)
    assert files_from_state(clone.id, fold(clone.events.values())) == files
    assert files_from_state(clone.id, lies) != files


def test_an_event_that_replaces_what_it_did_not_see_still_commutes() -> None:
    """`over` may name any event: the write is gone, for all alike. The diary shows who did it."""
    here = started()
    there = here.fork("there")
    title = here.say(Edited({"title": "Here"}))
    event = there.say(Edited({"title": "There"}))
    envelope = json.loads(event.bytes)
    envelope["over"] = sorted([*envelope["over"], title.id])
    theft = parse_event(encode(envelope))
    there.hear([theft])
    both = join(here.state, there.state)
    assert both == join(there.state, here.state) == fold([theft, *union(here, there)])
    assert title.id not in both.cells["title"].live


def union(*clones: Clone) -> list[Event]:
    return [event for clone in clones for event in clone.events.values()]
