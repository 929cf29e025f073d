"""How each solver is told an instance. All return routes of file nodes without depots; what they say of cost or feasibility is ignored.

Times and distances are whole numbers for most peers: thousandths of the file's unit, driving rounded up so that a route that is
feasible for the peer is feasible in double precision.
"""

import importlib.util
import json
import math
import subprocess
import tempfile
from pathlib import Path

from instances import Instance, shaved

HERE = Path(__file__).resolve().parent
SCALE = 1_000
# A vehicle more costs as much as this distance: more than any detour that saves one.
VEHICLE = 10_000


def ticks(value: float) -> int:
    return round(value * SCALE)


def driving(instance: Instance) -> list[list[int]]:
    count = range(len(instance.nodes))
    return [[math.ceil(instance.distance(one, other) * SCALE - 1e-9) for other in count] for one in count]


class Sanban:
    name = "Sanban"
    said = "all constraints"
    remedy = "cargo build --workspace --release"
    binary = HERE.parent.parent / "target" / "release" / "sanban"

    def is_there(self) -> bool:
        return self.binary.exists()

    def solve(self, instance: Instance, seconds: float, seed: int) -> list[list[int]]:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "solution.json"
            words = ["solve", "--format", instance.format, str(instance.path), "--out", str(out)]
            words += ["--time-limit", f"{seconds}s", "--seed", str(seed)]
            # It fails when somebody is left unserved; what it has written counts.
            subprocess.run([self.binary, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return json.loads(out.read_text())["routes"]


class FromPyPI:
    """A peer that is a Python module."""

    module = ""
    remedy = "pip install -r benches/peers/requirements.txt"

    def is_there(self) -> bool:
        return importlib.util.find_spec(self.module) is not None


class OrTools(FromPyPI):
    name = "OR-Tools"
    module = "ortools"
    said = "all constraints; local cheapest insertion, guided local search"

    def solve(self, instance: Instance, seconds: float, seed: int) -> list[list[int]]:
        from ortools.constraint_solver import pywrapcp, routing_enums_pb2

        vehicles = instance.vehicles
        manager = pywrapcp.RoutingIndexManager(
            len(instance.nodes), vehicles, [instance.start] * vehicles, [instance.end] * vehicles
        )
        routing = pywrapcp.RoutingModel(manager)
        solver = routing.solver()
        way = driving(instance)
        service = [ticks(node.service) for node in instance.nodes]
        distance = routing.RegisterTransitMatrix(way)
        routing.SetArcCostEvaluatorOfAllVehicles(distance)
        taking = routing.RegisterTransitMatrix(
            [[leg + service[node] for leg in legs] for node, legs in enumerate(way)]
        )
        horizon = ticks(max(node.latest for node in instance.nodes))
        routing.AddDimension(taking, horizon, horizon, False, "time")
        time = routing.GetDimensionOrDie("time")
        boarding = routing.RegisterUnaryTransitVector([node.load for node in instance.nodes])
        routing.AddDimension(boarding, 0, instance.capacity, True, "load")
        if instance.vehicles_count_first():
            routing.SetFixedCostOfAllVehicles(VEHICLE * SCALE)
        for vehicle in range(vehicles):
            for index, node in ((routing.Start(vehicle), instance.start), (routing.End(vehicle), instance.end)):
                depot = instance.nodes[node]
                time.CumulVar(index).SetRange(ticks(depot.earliest), ticks(depot.latest))
            if instance.max_duration is not None:
                time.SetSpanUpperBoundForVehicle(ticks(instance.max_duration), vehicle)
        for pickup, dropoff in instance.pairs:
            board, alight = manager.NodeToIndex(pickup), manager.NodeToIndex(dropoff)
            routing.AddPickupAndDelivery(board, alight)
            solver.Add(routing.VehicleVar(board) == routing.VehicleVar(alight))
            solver.Add(time.CumulVar(board) <= time.CumulVar(alight))
            if instance.max_ride_time is not None:
                limit = ticks(instance.max_ride_time) + service[pickup]
                solver.Add(time.CumulVar(alight) - time.CumulVar(board) <= limit)
            for index, node in ((board, pickup), (alight, dropoff)):
                stop = instance.nodes[node]
                time.CumulVar(index).SetRange(ticks(stop.earliest), ticks(stop.latest))
                routing.AddDisjunction([index], 100 * VEHICLE * SCALE)
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(int(seconds * 1_000))
        solution = routing.SolveWithParameters(parameters)
        if solution is None:
            return []
        routes = []
        for vehicle in range(vehicles):
            index, route = solution.Value(routing.NextVar(routing.Start(vehicle))), []
            while not routing.IsEnd(index):
                route.append(manager.IndexToNode(index))
                index = solution.Value(routing.NextVar(index))
            routes.append(route)
        return [route for route in routes if route]


class Vroom(FromPyPI):
    name = "VROOM"
    module = "vroom"
    said = "no ride time (shaved), no route duration; exploration level 5, ends by itself"

    def solve(self, instance: Instance, seconds: float, seed: int) -> list[list[int]]:
        import numpy
        import vroom

        tight = shaved(instance)
        problem = vroom.Input()
        problem.set_durations_matrix("car", numpy.array(driving(instance), dtype=numpy.uint32))

        def window(node: int) -> vroom.TimeWindow:
            # Inwards, so that what is allowed here is allowed.
            stop = tight.nodes[node]
            opens, closes = math.ceil(stop.earliest * SCALE), math.floor(stop.latest * SCALE)
            return vroom.TimeWindow(opens, max(opens, closes))

        costs = vroom.VehicleCosts(fixed=VEHICLE * SCALE if instance.vehicles_count_first() else 0)
        for vehicle in range(instance.vehicles):
            problem.add_vehicle(
                vroom.Vehicle(
                    vehicle + 1, start=instance.start, end=instance.end, capacity=[instance.capacity],
                    time_window=window(instance.start), costs=costs,
                )
            )  # fmt: skip
        for pickup, dropoff in instance.pairs:
            ends = [
                vroom.ShipmentStep(
                    node, location=node, default_service=ticks(instance.nodes[node].service),
                    time_windows=[window(node)],
                )
                for node in (pickup, dropoff)
            ]  # fmt: skip
            problem.add_job(vroom.Shipment(*ends, amount=[instance.nodes[pickup].load]))
        solution = problem.solve(exploration_level=5, nb_threads=1)
        steps = solution.routes
        steps = steps[steps["type"].isin(["pickup", "delivery"])]
        return [list(map(int, route["id"])) for _, route in steps.groupby("vehicle_id", sort=False)]


class PyVrp(FromPyPI):
    name = "PyVRP"
    module = "pyvrp"
    said = "no ride time (shaved)"

    def solve(self, instance: Instance, seconds: float, seed: int) -> list[list[int]]:
        from pyvrp import Model
        from pyvrp.stop import MaxRuntime

        tight = shaved(instance)
        model = Model()
        locations = [model.add_location(node.x, node.y) for node in instance.nodes]
        for one, legs in zip(locations, driving(instance)):
            for other, leg in zip(locations, legs):
                model.add_edge(one, other, distance=leg, duration=leg)

        def window(node: int, prefix: str = "") -> dict[str, int]:
            stop = tight.nodes[node]
            opens, closes = math.ceil(stop.earliest * SCALE), math.floor(stop.latest * SCALE)
            return {f"{prefix}tw_early": opens, f"{prefix}tw_late": max(opens, closes)}

        start = model.add_depot(locations[instance.start])
        end = start if instance.end == instance.start else model.add_depot(locations[instance.end])
        model.add_vehicle_type(
            instance.vehicles,
            instance.capacity,
            start,
            end,
            fixed_cost=VEHICLE * SCALE if instance.vehicles_count_first() else 0,
            **window(instance.start),
            **({} if instance.max_duration is None else {"shift_duration": ticks(instance.max_duration)}),
        )
        for pickup, dropoff in instance.pairs:
            model.add_shipment(
                locations[pickup],
                locations[dropoff],
                amount=instance.nodes[pickup].load,
                pickup_service_duration=ticks(instance.nodes[pickup].service),
                delivery_service_duration=ticks(instance.nodes[dropoff].service),
                **window(pickup, "pickup_"),
                **window(dropoff, "delivery_"),
            )
        result = model.solve(MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
        routes = []
        for route in result.best.routes():
            stops = (stop for stop in route.schedule() if stop.is_shipment())
            routes.append([instance.pairs[stop.idx][0 if stop.is_pickup() else 1] for stop in stops])
        return [route for route in routes if route]


class VrpCli:
    name = "vrp-cli"
    said = "no ride time (shaved)"
    remedy = "cargo install vrp-cli --version 1.25.0 --root benches/peers/.tools"
    binary = HERE / ".tools" / "bin" / "vrp-cli"

    def is_there(self) -> bool:
        return self.binary.exists()

    def solve(self, instance: Instance, seconds: float, seed: int) -> list[list[int]]:
        import vrp_cli

        return vrp_cli.solve(self.binary, shaved(instance), driving(instance), seconds)


ALL = [Sanban(), OrTools(), Vroom(), PyVrp(), VrpCli()]
