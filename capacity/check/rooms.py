"""Are there rooms enough? A matching of sessions to rooms, in plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def unplaced(sessions: Sequence[tuple[str, ...]], rooms: Mapping[str, int]) -> int:
    """Fewest sessions that find no room.

    ``sessions`` holds the rooms each session can use, ``rooms`` how many there are of each. Sessions already placed
    are moved to another room they can use where that makes place for one more (augmenting paths).
    """
    held: dict[str, list[int]] = {room: [] for room in rooms}

    def place(session: int, seen: set[str]) -> bool:
        for room in sessions[session]:
            if room in seen or rooms.get(room, 0) == 0:
                continue
            seen.add(room)
            if len(held[room]) < rooms[room]:
                held[room].append(session)
                return True
            for position, other in enumerate(held[room]):
                if place(other, seen):
                    held[room][position] = session
                    return True
        return False

    return sum(not place(session, set()) for session in range(len(sessions)))
