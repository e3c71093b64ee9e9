"""What sessions keep: when there is no more room, who keeps most lets go of the oldest."""

import gc

from digitcnn.app.shared.session_memory import Room


class Thing:
    def __init__(self):
        self.is_here = True

    def let_go(self):
        self.is_here = False


def kept(room, *wishes, limit=100):
    things = [Thing() for _ in wishes]
    for thing, (owner, n_bytes) in zip(things, wishes, strict=True):
        room.keep(thing, n_bytes, owner, limit)
    return things


def test_who_keeps_most_lets_go_of_the_oldest():
    things = kept(Room(), ("many", 30), ("one", 20), ("many", 30), ("another", 30))
    assert [thing.is_here for thing in things] == [False, True, True, True]


def test_who_comes_last_stays():
    things = kept(Room(), ("one", 60), ("other", 90))
    assert [thing.is_here for thing in things] == [False, True]
    [alone] = kept(Room(), ("one", 500))
    assert alone.is_here


def test_what_went_with_its_session_takes_no_room():
    room = Room()
    gone, stays = kept(room, ("one", 60), ("other", 30))
    del gone
    gc.collect()
    kept(room, ("third", 60))
    assert stays.is_here


def test_a_thing_that_changes_its_size_is_counted_once():
    room = Room()
    first, second = kept(room, ("one", 60), ("one", 30))
    room.keep(first, 10, "one", 100)
    kept(room, ("other", 50))
    assert first.is_here and second.is_here
