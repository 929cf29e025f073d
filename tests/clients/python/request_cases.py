"""Mixed journeys between the places of a scenario, some of them impossible, drawn by seed."""

import csv
import dataclasses
import pathlib
import random
from datetime import date, timedelta
from typing import Any

from sanban_client import booking, common, moment, place

RULE, ALONE = booking.REFUSAL_REASON_RULE, booking.REFUSAL_REASON_IMPOSSIBLE_ALONE


PLACE_FILES = {"villages.csv": "village_id", "facilities.csv": "facility_id", "markets.csv": "market_id"}
# Most people travel to one of the nearest places of a kind; some don't.
NEAR_PERCENT, NEAREST = 85, 12


def rows_of(scenario: pathlib.Path, file: str) -> list[dict[str, str]]:
    with open(scenario / file, encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


@dataclasses.dataclass(frozen=True)
class Case:
    """A journey, and what must come of it."""

    kind: str
    journey: Any
    refused_as: frozenset[int] = frozenset()
    """The only true reasons of a refusal; empty when an offer may be made."""
    invalid_field: str = ""
    """The field that must be named as wrong; empty when the journey can be understood."""


class Cases:
    """Journeys between the places of a scenario; the same seed draws the same journeys."""

    def __init__(self, scenario: pathlib.Path, service_date: str, seed: int):
        def column(file: str, name: str) -> list[str]:
            return [row[name] for row in rows_of(scenario, file)]

        self.random = random.Random(seed)
        self.date = service_date
        self.villages = column("villages.csv", "village_id")
        self.markets = column("markets.csv", "market_id")
        self.targets = self.villages + column("facilities.csv", "facility_id") + self.markets
        self.position = {}
        for file, name in PLACE_FILES.items():
            for row in rows_of(scenario, file):
                self.position[row[name]] = float(row["latitude"]), float(row["longitude"])
        self.pupils = [(row["village_id"], row["school_id"]) for row in rows_of(scenario, "students.csv")]
        self.schools_with_runs = set(column("student_runs.csv", "school_id"))

    def draw(self, number: int) -> list[Case]:
        return [self._one() for _ in range(number)]

    def _one(self) -> Case:
        kinds = [self._ride, self._market_trip, self._consignment, self._enrolment, self._impossible]
        return self.random.choices(kinds, weights=[50, 25, 12, 5, 8])[0]()

    def _two_places(self) -> dict[str, Any]:
        origin = self.random.choice(self.villages)
        return {"from": place(origin), "to": place(self._target(origin, self.targets, NEAREST))}

    def _target(self, origin: str, codes: list[str], nearest: int) -> str:
        """One of the nearest others, or now and then any other."""

        def distance(code: str) -> float:
            (north, east), (other_north, other_east) = self.position[origin], self.position[code]
            return (north - other_north) ** 2 + (0.85 * (east - other_east)) ** 2

        others = sorted((code for code in codes if code != origin), key=distance)
        is_near = self.random.randrange(100) < NEAR_PERCENT
        return self.random.choice(others[:nearest] if is_near else others)

    def _minute(self, earliest: int, latest: int) -> int:
        """A minute of the day between two hours."""
        return self.random.randrange(earliest * 60, latest * 60, 5)

    def _at(self, minute: int):
        return moment(self.date, 0, minute)

    def _party(self):
        return common.Party(
            seated=self.random.choice([1, 1, 1, 2, 2, 3]),
            wheelchairs=int(self.random.random() < 0.05),
            luggage_units=self.random.choice([0, 0, 1, 2]),
        )

    def _ride(self) -> Case:
        side = self.random.choice(["arrive_by", "depart_at"])
        wanted = {side: self._at(self._minute(7, 20))}
        return Case("ride", booking.Journey(ride=booking.Ride(**self._two_places(), **wanted, party=self._party())))

    def _market_trip(self) -> Case:
        arrive, party = self._minute(7, 10), self._party()
        home = self.random.choice(self.villages)
        trip = booking.MarketTrip(
            **{"from": place(home)},
            market=self._target(home, self.markets, 3),
            arrive_by=self._at(arrive),
            return_at=self._at(arrive + self.random.randrange(120, 181, 5)),
            party=party,
            luggage_units_home=party.luggage_units + 1,
        )
        return Case("market trip", booking.Journey(market_trip=trip))

    def _consignment(self) -> Case:
        kilograms, ready = self.random.randrange(5, 200), self._minute(7, 14)
        goods = booking.Consignment(
            **self._two_places(),
            kilograms=kilograms,
            litres=kilograms * 4,
            ready=self._at(ready),
            due=self._at(ready + 240),
        )
        return Case("consignment", booking.Journey(consignment=goods))

    def _enrolment(self) -> Case:
        village, school = self.random.choice(self.pupils)
        enrolment = booking.Enrolment(**{"from": place(village)}, school=school, from_date=self.date)
        # Waiting for a seat on a run that doesn't exist would be in vain.
        refused_as = frozenset() if school in self.schools_with_runs else frozenset({RULE})
        return Case("enrolment", booking.Journey(enrolment=enrolment), refused_as)

    def _impossible(self) -> Case:
        makers = [self._crowd, self._too_heavy, self._at_night, self._too_late, self._too_early, self._nowhere]
        return self.random.choice(makers)()

    def _any_ride(self, wanted, party=None):
        party = party or common.Party(seated=1)
        return booking.Journey(ride=booking.Ride(**self._two_places(), arrive_by=wanted, party=party))

    def _crowd(self) -> Case:
        crowd = common.Party(seated=100)
        return Case("100 people", self._any_ride(self._at(self._minute(9, 18)), crowd), frozenset({RULE, ALONE}))

    def _too_heavy(self) -> Case:
        goods = self._consignment().journey
        goods.consignment.kilograms, goods.consignment.litres = 20_000, 100_000
        return Case("20 tonnes", goods, frozenset({RULE, ALONE}))

    def _at_night(self) -> Case:
        return Case("ride at 04:10", self._any_ride(self._at(4 * 60 + 10)), frozenset({RULE, ALONE}))

    def _too_late(self) -> Case:
        yesterday = str(date.fromisoformat(self.date) - timedelta(days=1))
        return Case("ride yesterday", self._any_ride(moment(yesterday, 10)), frozenset({RULE}))

    def _too_early(self) -> Case:
        in_a_month = str(date.fromisoformat(self.date) + timedelta(days=30))
        return Case("ride in 30 days", self._any_ride(moment(in_a_month, 10)), frozenset({RULE}))

    def _nowhere(self) -> Case:
        journey = self._any_ride(self._at(600))
        journey.ride.to.code = "NOWHERE"
        return Case("unknown place", journey, invalid_field="journey.ride.to.code")
