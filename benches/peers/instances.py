"""Instances, their one checker, and windows tightened until a ride time needs no saying.

Written from the definitions of the files alone; nothing here comes from a solver. Nodes are numbered as in the files, routes are
lists of nodes without depots.
"""

import csv
import math
from dataclasses import dataclass, replace
from pathlib import Path

TOLERANCE = 1e-3


@dataclass(frozen=True)
class Node:
    x: float
    y: float
    service: float
    load: int
    earliest: float
    latest: float


@dataclass(frozen=True)
class Instance:
    name: str
    format: str  # "darp" or "pdptw"
    path: Path
    vehicles: int
    capacity: int
    max_duration: float | None
    max_ride_time: float | None
    nodes: tuple[Node, ...]
    pairs: tuple[tuple[int, int], ...]
    start: int
    end: int

    def distance(self, one: int, other: int) -> float:
        return math.hypot(self.nodes[one].x - self.nodes[other].x, self.nodes[one].y - self.nodes[other].y)

    def vehicles_count_first(self) -> bool:
        return self.format == "pdptw"


def read(format: str, path: Path) -> Instance:
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    header, rows = rows[0], rows[1:]
    if format == "darp":
        vehicles, stated, duration, capacity, ride = int(header[0]), int(header[1]), *map(float, header[2:5])
        has_end_depot = len(rows) == 2 * stated + 2
        requests = stated if has_end_depot else stated // 2
        nodes = tuple(Node(*map(float, row[1:4]), int(row[4]), *map(float, row[5:7])) for row in rows)
        return Instance(
            path.stem, format, path, vehicles, int(capacity), duration, ride, nodes,
            tuple((pickup, pickup + requests) for pickup in range(1, requests + 1)),
            0, 2 * requests + 1 if has_end_depot else 0,
        )  # fmt: skip
    nodes = tuple(Node(float(r[1]), float(r[2]), float(r[6]), int(r[3]), float(r[4]), float(r[5])) for r in rows)
    pairs = tuple((int(row[0]), int(row[8])) for row in rows if int(row[8]) > 0)
    return Instance(path.stem, format, path, int(header[0]), int(header[1]), None, None, nodes, pairs, 0, 0)


def best_known(folder: Path) -> dict[str, tuple[int | None, float]]:
    """By instance in lower case: vehicles (where they count first) and distance."""
    with open(folder / "best-known.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    if rows and "vehicles" in rows[0]:
        return {row["instance"].lower(): (int(row["vehicles"]), float(row["distance"])) for row in rows}
    return {row["instance"].lower(): (None, float(row["best_known"])) for row in rows}


def objective(instance: Instance, routes: list[list[int]]) -> float:
    """Total distance in double precision."""
    ways = ([instance.start, *route, instance.end] for route in routes if route)
    return sum(instance.distance(one, other) for way in ways for one, other in zip(way, way[1:]))


def unserved(instance: Instance, routes: list[list[int]]) -> int:
    visited = {node for route in routes for node in route}
    return sum(pickup not in visited and dropoff not in visited for pickup, dropoff in instance.pairs)


def violations(instance: Instance, routes: list[list[int]]) -> list[str]:
    """What is wrong with the routes as far as they serve anybody; who is left out is counted, not reported."""
    routes = [route for route in routes if route]
    found = []
    if len(routes) > instance.vehicles:
        found.append(f"{len(routes)} routes for {instance.vehicles} vehicles")
    visits = [node for route in routes for node in route]
    if len(visits) != len(set(visits)):
        found.append("a node is visited twice")
    ends = {node for pair in instance.pairs for node in pair}
    if not set(visits) <= ends:
        found.append("a node is no pickup or drop-off")
    at = {node: (number, index) for number, route in enumerate(routes) for index, node in enumerate(route)}
    for pickup, dropoff in instance.pairs:
        one, other = at.get(pickup), at.get(dropoff)
        if (one is None) != (other is None) or one and (one[0] != other[0] or one[1] > other[1]):
            found.append(f"request {pickup} is not picked up, then brought, by one vehicle")
    if found:
        return found
    for number, route in enumerate(routes, 1):
        load = 0
        for node in route:
            load += instance.nodes[node].load
            if load > instance.capacity:
                found.append(f"route {number}: overloaded at {node}")
        broken = broken_limit(instance, route)
        if broken:
            found.append(f"route {number}: {broken}")
    return found


def broken_limit(instance: Instance, route: list[int]) -> str | None:
    """None if a schedule keeps everything; else the first kind of limit without which there would be one."""
    if has_schedule(instance, route):
        return None
    for name, without in (
        ("maximal ride time", replace(instance, max_ride_time=None)),
        ("route duration", replace(instance, max_duration=None)),
        ("ride time and duration", replace(instance, max_ride_time=None, max_duration=None)),
    ):
        if has_schedule(without, route):
            return name
    return "time windows"


def has_schedule(instance: Instance, route: list[int]) -> bool:
    """Bellman-Ford: earliest[later] >= earliest[earlier] + least gap, until nothing moves or a window is over."""
    way = [instance.start, *route, instance.end]
    nodes = [instance.nodes[node] for node in way]
    gaps = [
        (index, index + 1, nodes[index].service + instance.distance(way[index], way[index + 1]))
        for index in range(len(way) - 1)
    ]
    if instance.max_ride_time is not None:
        index_of = {node: index for index, node in enumerate(way[1:-1], 1)}
        for pickup, dropoff in instance.pairs:
            if pickup in index_of:
                limit = instance.nodes[pickup].service + instance.max_ride_time + TOLERANCE
                gaps.append((index_of[dropoff], index_of[pickup], -limit))
    if instance.max_duration is not None:
        gaps.append((len(way) - 1, 0, -instance.max_duration - TOLERANCE))
    begin = [node.earliest for node in nodes]
    for _ in range(len(way) + 2):
        moved = False
        for earlier, later, gap in gaps:
            if begin[later] < begin[earlier] + gap - 1e-9:
                begin[later] = begin[earlier] + gap
                moved = True
        if any(time > node.latest + TOLERANCE for time, node in zip(begin, nodes)):
            return False
        if not moved:
            return True
    return False


def shaved(instance: Instance) -> Instance:
    """Windows so tight that every ride within them keeps the maximal ride time: for peers that cannot be told of it."""
    limit = instance.max_ride_time
    if limit is None:
        return instance
    nodes = list(instance.nodes)
    for pickup, dropoff in instance.pairs:
        board, alight = nodes[pickup], nodes[dropoff]
        direct = board.service + instance.distance(pickup, dropoff)
        longest = board.service + limit
        # What holds anyway …
        first = max(board.earliest, alight.earliest - longest)
        last = max(min(board.latest, alight.latest - direct), first)
        opens = max(alight.earliest, first + direct)
        closes = max(min(alight.latest, last + longest), opens)
        # … and what is given up, of the wider window.
        if closes - first > longest:
            if last - first >= closes - opens:
                first = min(closes - longest, last)
            closes = max(min(closes, first + longest), opens)
            last = max(min(last, closes - direct), first)
        nodes[pickup] = replace(board, earliest=first, latest=last)
        nodes[dropoff] = replace(alight, earliest=opens, latest=closes)
    return replace(instance, nodes=tuple(nodes))
