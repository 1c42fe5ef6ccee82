"""Which turns count, after rewinds and after those were taken back."""

from __future__ import annotations

from git_phc.model.events.checkpointed import Checkpointed
from git_phc.model.events.claimed import Claimed
from git_phc.model.events.progressed import Progressed
from git_phc.model.events.turn_started import TurnStarted
from git_phc.model.ids import EventId, TaskId
from git_phc.model.origin import Origin, Place
from git_phc.model.visible import conversation, last_rewind, session_of, visible_turns
from tests.model.making import COMMIT, Clone, started


class Story:
    """Turns and checkpoints, one after the other."""

    def __init__(self) -> None:
        self.clone: Clone = started()
        self.claim = self.clone.say(Claimed(1, None, "a", "local")).id
        self.turns = self.kept = 0

    def turn(self) -> None:
        self.turns += 1
        self.clone.say(TurnStarted(self.claim, self.turns, ()))
        self.keep()

    def keep(self, of: int | None = None) -> None:
        said = Checkpointed(self.kept, COMMIT, None, None, "turn", self.turns, {}, of=of)
        self.clone.say(said)
        self.kept += 1

    @property
    def visible(self) -> list[int]:
        return self.until()

    def until(self, checkpoint: int | None = None) -> list[int]:
        places = visible_turns(self.clone.state, checkpoint)
        assert {place.run for place in places} <= {self.claim}
        return [place.turn for place in places]


def test_turns_back_and_forth() -> None:
    story = Story()
    assert story.visible == []
    story.keep()
    for _ in range(3):
        story.turn()
    assert story.visible == [1, 2, 3]
    assert last_rewind(story.clone.state) == 0
    story.keep()  # 4: before the rewind
    story.keep(of=1)  # 5: the state after turn 1
    assert story.visible == [1]
    story.turn()  # 6: turn 4
    assert story.visible == [1, 4]
    story.keep(of=4)  # 7: all that was there before the rewind
    assert story.visible == [1, 2, 3]
    story.keep(of=6)
    assert story.visible == [1, 4]
    story.keep(of=0)
    assert story.visible == []
    assert story.until(2) == [1, 2]
    assert story.until(6) == [1, 4]
    assert last_rewind(story.clone.state) == story.clone.state.clock


def test_a_fork_begins_with_the_turns_of_its_origin() -> None:
    story = Story()
    story.turn()
    before = (Place(EventId("1" * 64), 1), Place(EventId("2" * 64), 7))
    origin = Origin(TaskId("k" * 32), 3, before, "fake", "them")
    root = EventId("f" * 64)
    story.clone.say(TurnStarted(root, 2, ()))  # what a fork says of the prompt: given already
    own = Place(story.claim, 1)
    assert conversation(origin, story.clone.state) == [*before, own]
    assert conversation(None, story.clone.state) == [own]


def test_whose_session_a_turn_was_in() -> None:
    story = Story()
    story.turn()
    story.clone.say(Progressed(story.claim, "running", session="us", agent="fake"))
    last = Place(EventId("2" * 64), 7)
    origin = Origin(TaskId("k" * 32), 3, (last,), "fake", "them")
    state, own = story.clone.state, Place(story.claim, 1)
    assert [session_of(origin, state, "fake", turn) for turn in (last, own)] == ["them", "us"]
    assert [session_of(origin, state, "claude", turn) for turn in (last, own)] == [None, None]
