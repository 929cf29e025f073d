"""vrp-cli's own files ("pragmatic" format, 1.25): a problem and a matrix in, tours out."""

import json
import math
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from instances import Instance
from solvers import SCALE, VEHICLE, ticks

MIDNIGHT = datetime(2026, 1, 1, tzinfo=timezone.utc)


def moment(value: int) -> str:
    return (MIDNIGHT + timedelta(seconds=value)).strftime("%Y-%m-%dT%H:%M:%SZ")


def window(instance: Instance, node: int) -> list[str]:
    stop = instance.nodes[node]
    opens, closes = math.ceil(stop.earliest * SCALE), math.floor(stop.latest * SCALE)
    return [moment(opens), moment(max(opens, closes))]


def task(instance: Instance, node: int, load: int) -> list[dict]:
    place = {
        "location": {"index": node},
        "duration": ticks(instance.nodes[node].service),
        "times": [window(instance, node)],
    }
    return [{"places": [place], "demand": [load]}]


def problem(instance: Instance) -> dict:
    jobs = [
        {
            "id": str(pickup),
            "pickups": task(instance, pickup, instance.nodes[pickup].load),
            "deliveries": task(instance, dropoff, instance.nodes[pickup].load),
        }
        for pickup, dropoff in instance.pairs
    ]
    opens, closes = window(instance, instance.start)
    count_first = instance.vehicles_count_first()
    vehicle = {
        "typeId": "vehicle",
        "vehicleIds": [f"vehicle_{number}" for number in range(instance.vehicles)],
        "profile": {"matrix": "car"},
        "costs": {"fixed": VEHICLE * SCALE if count_first else 0, "distance": 1, "time": 0},
        "shifts": [
            {
                "start": {"earliest": opens, "location": {"index": instance.start}},
                "end": {"latest": closes, "location": {"index": instance.end}},
            }
        ],
        "capacity": [instance.capacity],
    }
    if instance.max_duration is not None:
        vehicle["limits"] = {"maxDuration": ticks(instance.max_duration)}
    goals = ["minimize-unassigned", *(["minimize-tours"] if count_first else []), "minimize-cost"]
    return {
        "plan": {"jobs": jobs},
        "fleet": {"vehicles": [vehicle], "profiles": [{"name": "car"}]},
        "objectives": [{"type": goal} for goal in goals],
    }


def solve(binary: Path, instance: Instance, way: list[list[int]], seconds: float) -> list[list[int]]:
    dropoff_of = dict(instance.pairs)
    legs = [leg for row in way for leg in row]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("problem.json", "matrix.json", "solution.json")]
        files[0].write_text(json.dumps(problem(instance)))
        files[1].write_text(json.dumps({"profile": "car", "travelTimes": legs, "distances": legs}))
        words = ["solve", "pragmatic", str(files[0]), "-m", str(files[1]), "-o", str(files[2])]
        limits = ["--max-time", str(math.ceil(seconds)), "--parallelism", "1,1"]
        subprocess.run([binary, *words, *limits], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        tours = json.loads(files[2].read_text())["tours"]
    routes = []
    for tour in tours:
        done = [activity for stop in tour["stops"] for activity in stop["activities"]]
        stops = [(done["type"], int(done["jobId"])) for done in done if done["type"] in ("pickup", "delivery")]
        routes.append([pickup if kind == "pickup" else dropoff_of[pickup] for kind, pickup in stops])
    return [route for route in routes if route]
