"""Mixed requests over gRPC, each answer examined; and whether a restart lost anything that was acknowledged.

    thousand_requests.py --scenario scenarios/county --requests 1000 --seed 1 --out acknowledged.json
    thousand_requests.py --verify acknowledged.json          # after a restart of the server

Rides, market trips, consignments, enrolments, and some requests that nobody can serve. Every answer must be an offer
whose promise is consistent with what was asked for, or a refusal with a machine-readable reason. The first offer is
booked; one booking in ten is sent again with the same request id (must be the same booking), one in twenty with the
same id and another offer (must be ALREADY_EXISTS), one in fifteen is cancelled. `--kill-pid PID` kills the server
with SIGKILL when half of the requests are answered: what was acknowledged until then is written down for --verify.

Exits with 1 when any answer was not as it must be.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import signal
import sys
import threading
import time
import uuid
from typing import Any

import grpc
from google.protobuf.json_format import MessageToDict

from answer_checks import complaint_about_quote
from request_cases import Case, Cases
from sanban_client import Client, booking, reason

DEADLINE_SECONDS = 30
ATTEMPTS = 5
RETRY_ONE_IN, REUSE_ONE_IN, CANCEL_ONE_IN = 10, 20, 15
# What calls end with when the server is killed under them.
GONE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN)


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
            with open(scenario / file, encoding="utf-8", newline="") as rows:
                return [row[name] for row in csv.DictReader(rows)]

        self.random = random.Random(seed)
        self.date = service_date
        self.villages = column("villages.csv", "village_id")
        self.markets = column("markets.csv", "market_id")
        self.schools = column("schools.csv", "school_id")
        self.targets = self.villages + column("facilities.csv", "facility_id") + self.markets
        self.pupils = list(zip(column("students.csv", "village_id"), column("students.csv", "school_id")))

    def draw(self, number: int) -> list[Case]:
        return [self._one() for _ in range(number)]

    def _one(self) -> Case:
        kinds = [self._ride, self._market_trip, self._consignment, self._enrolment, self._impossible]
        return self.random.choices(kinds, weights=[50, 25, 12, 5, 8])[0]()

    def _two_places(self) -> dict[str, Any]:
        origin = self.random.choice(self.villages)
        target = self.random.choice([code for code in self.targets if code != origin])
        return {"from": place(origin), "to": place(target)}

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
        trip = booking.MarketTrip(
            **{"from": place(self.random.choice(self.villages))},
            market=self.random.choice(self.markets),
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
        return Case("enrolment", booking.Journey(enrolment=enrolment))

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


def complaint_about_quote(case: Case, answer) -> str:
    """What is wrong with an answer; empty when it is as it must be."""
    if not answer.policy_version:
        return "no policy version"
    if not answer.offers:
        return complaint_about_refusal(case, answer.refusal)
    if case.refused_as or case.invalid_field:
        return "an offer for what cannot be done"
    if not is_explained(answer.decided_by):
        return "an offer without the rule that decided"
    for offer in answer.offers:
        complaint = complaint_about_offer(case.journey, offer)
        if complaint:
            return complaint
    return ""


def is_explained(explanation) -> bool:
    return bool(explanation.rule and explanation.text.zh_cn and explanation.text.en)


def complaint_about_refusal(case: Case, refusal) -> str:
    name = booking.RefusalReason.Name(refusal.reason)
    if refusal.reason == booking.REFUSAL_REASON_UNSPECIFIED or not is_explained(refusal.explanation):
        return f"a refusal without reason, rule and text: {name} {refusal.explanation.rule}"
    if refusal.HasField("nearest_miss") and not (refusal.nearest_miss.text.zh_cn and refusal.nearest_miss.text.en):
        return "a nearest miss that misses nothing"
    if case.refused_as and refusal.reason not in case.refused_as:
        return f"refused as {name} ({refusal.explanation.rule}), which is not why"
    return ""


def times_of(section) -> tuple[int, int, str, str] | None:
    """Earliest boarding, latest arrival, from and to of a section on a vehicle; None on foot and on student runs."""
    by = section.WhichOneof("by")
    if by == "line":
        line = section.line
        return line.departure.seconds, line.arrival.seconds, getattr(line, "from").code, line.to.code
    if by == "booked":
        ride = section.booked
        earliest, latest = ride.promised_pickup.earliest.seconds, ride.promised_dropoff.latest.seconds
        return earliest, latest, getattr(ride, "from").code, ride.to.code
    return None


def walk_at_the_end(leg) -> int:
    """Seconds on foot after the last vehicle."""
    seconds = 0
    for section in leg.sections:
        seconds = seconds + section.walk.seconds if section.WhichOneof("by") == "walk" else 0
    return seconds


def complaint_about_offer(journey, offer) -> str:
    product = journey.WhichOneof("product")
    if not (offer.offer_token and offer.expires.seconds and offer.tier):
        return "an offer without token, expiry or tier"
    if len(offer.legs) != 2 and product == "market_trip" or not offer.legs:
        return f"an offer with {len(offer.legs)} legs"
    for leg in offer.legs:
        complaint = complaint_about_leg(leg)
        if complaint:
            return complaint
    if product == "enrolment":
        has_seat = offer.legs[0].sections[0].WhichOneof("by") == "student_run"
        return "" if has_seat else "an enrolment without a student run"
    timed = [[times for times in map(times_of, leg.sections) if times] for leg in offer.legs]
    if not all(timed):
        return ""  # On foot all the way.
    asked = getattr(journey, product)
    arrival = timed[0][-1][1] + walk_at_the_end(offer.legs[0])
    latest = {"consignment": "due"}.get(product, "arrive_by")
    earliest = {"consignment": "ready"}.get(product, "depart_at")
    if latest in {field.name for field, _ in asked.ListFields()} and arrival > getattr(asked, latest).seconds:
        return f"arrives {arrival - getattr(asked, latest).seconds} s after {latest}"
    if earliest in {field.name for field, _ in asked.ListFields()} and timed[0][0][0] < getattr(asked, earliest).seconds:
        return f"boards {getattr(asked, earliest).seconds - timed[0][0][0]} s before {earliest}"
    if product == "market_trip" and timed[1][0][0] < asked.return_at.seconds:
        return "goes home before return_at"
    return ""


def complaint_about_leg(leg) -> str:
    at = None
    for section in leg.sections:
        by = section.WhichOneof("by")
        if by is None:
            return "a section without a way to travel"
        if by == "booked":
            for window in (section.booked.promised_pickup, section.booked.promised_dropoff):
                if not 0 < window.earliest.seconds <= window.latest.seconds:
                    return "a booked ride without promised windows"
        times = times_of(section)
        if times and not 0 < times[0] < times[1]:
            return "a ride that ends before it begins"
        if by != "student_run":
            ride = getattr(section, by)
            if at is not None and getattr(ride, "from").code != at:
                return f"travels to {at} and goes on from {getattr(ride, 'from').code}"
            at = ride.to.code
    return "" if leg.sections else "a leg without sections"


def promise(legs) -> list[Any]:
    """What was promised, as plain data; the vehicle behind a promise may change."""
    plain = []
    for leg in legs:
        copy = booking.OfferedLeg()
        copy.CopyFrom(leg)
        for section in copy.sections:
            if section.WhichOneof("by") == "booked":
                section.booked.vehicle = ""
        plain.append(MessageToDict(copy))
    return plain


class Run:
    """One run: counts, complaints, latencies, and what the server acknowledged."""

    def __init__(self, client: Client, kill: list[int], requests: int):
        self.client, self.kill, self.requests = client, kill, requests
        self.lock = threading.Lock()
        self.counts: collections.Counter[str] = collections.Counter()
        self.complaints: list[str] = []
        self.seconds: dict[str, list[float]] = {"Quote": [], "Book": []}
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.answered = 0
        self.killed = threading.Event()
        self.other_token = ""
        # Request ids are remembered for weeks: another run must have others.
        self.name = uuid.uuid4().hex[:12]

    def timed(self, method: str, call, request):
        started = time.perf_counter()
        answer = call(request, timeout=DEADLINE_SECONDS)
        with self.lock:
            self.seconds[method].append(time.perf_counter() - started)
        return answer

    def count(self, *outcomes: str) -> None:
        with self.lock:
            self.counts.update(outcomes)

    def complain(self, number: int, case: Case, complaint: str) -> None:
        with self.lock:
            self.complaints.append(f"request {number} ({case.kind}): {complaint}")

    def one(self, number: int, case: Case) -> None:
        """Asks and books; asks anew when somebody else took the room meanwhile."""
        if self.killed.is_set():
            return
        try:
            for attempt in range(ATTEMPTS):
                if self._attempt(number, case, attempt):
                    break
            else:
                self.count(f"{case.kind}: gave up after {ATTEMPTS} attempts")
        except grpc.RpcError as error:
            if not (self.killed.is_set() and error.code() in GONE):
                self._judge_error(number, case, error)
        with self.lock:
            self.answered += 1
            is_time_to_kill = bool(self.kill) and self.answered == max(1, self.requests // 2)
        if is_time_to_kill:
            self.killed.set()
            for pid in self.kill:
                os.kill(pid, signal.SIGKILL)

    def _judge_error(self, number: int, case: Case, error: grpc.RpcError) -> None:
        is_said = error.code() == grpc.StatusCode.INVALID_ARGUMENT and case.invalid_field in error.details()
        if case.invalid_field and is_said and reason(error):
            self.count(f"{case.kind}: {error.code().name} {reason(error)}")
            return
        self.complain(number, case, f"{error.code().name} {reason(error)} {error.details()}")

    def _attempt(self, number: int, case: Case, attempt: int) -> bool:
        """Is the request done with?"""
        bookings = self.client.bookings
        answer = self.timed("Quote", bookings.Quote, booking.QuoteRequest(journey=case.journey))
        complaint = complaint_about_quote(case, answer)
        if complaint:
            self.complain(number, case, complaint)
            return True
        if not answer.offers:
            name = booking.RefusalReason.Name(answer.refusal.reason).removeprefix("REFUSAL_REASON_")
            self.count(f"{case.kind}: refused {name} {answer.refusal.explanation.rule}")
            return True
        offer = answer.offers[0]
        request = booking.BookRequest(request_id=f"{self.name}-{number}-{attempt}", offer_token=offer.offer_token)
        try:
            booked = self.timed("Book", bookings.Book, request).booking
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.RESOURCE_EXHAUSTED):
                raise
            self.count(f"(asked again: {reason(error)})")
            time.sleep(0.02 * (attempt + 1))
            return False
        self.count(f"{case.kind}: booked {booking.Tier.Name(booked.tier).removeprefix('TIER_')}")
        with self.lock:
            self.acknowledged[booked.booking_id] = {
                "booking_id": booked.booking_id,
                "request_id": request.request_id,
                "offer_token": request.offer_token,
                "state": booking.BookingState.Name(booked.state),
                "promise": promise(booked.legs),
            }
            other_token, self.other_token = self.other_token, request.offer_token
        if promise(booked.legs) != promise(offer.legs) or booked.tier != offer.tier:
            self.complain(number, case, f"{booked.booking_id} is not what was offered")
        self._pester(number, case, request, booked, other_token)
        return True

    def _pester(self, number: int, case: Case, request, booked, other_token: str) -> None:
        """What careless clients do with a booking."""
        bookings = self.client.bookings
        if number % RETRY_ONE_IN == 0:
            again = bookings.Book(request, timeout=DEADLINE_SECONDS).booking
            if again.booking_id != booked.booking_id or promise(again.legs) != promise(booked.legs):
                self.complain(number, case, f"a retry of {booked.booking_id} became {again.booking_id}")
            self.count("(retries with the same request id)")
        if number % REUSE_ONE_IN == 1 and other_token:
            other = booking.BookRequest(request_id=request.request_id, offer_token=other_token)
            try:
                stolen = bookings.Book(other, timeout=DEADLINE_SECONDS).booking
                self.complain(number, case, f"request id reused with another offer: {stolen.booking_id}")
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.ALREADY_EXISTS:
                    raise
                self.count(f"(same id, another offer: {error.code().name} {reason(error)})")
        if number % CANCEL_ONE_IN == 2:
            with self.lock:
                # Should the server die now, either state is right.
                self.acknowledged[booked.booking_id]["state"] = "ANY"
            cancel = booking.CancelBookingRequest(
                request_id=f"{request.request_id}-cancel", booking_id=booked.booking_id
            )
            for _ in range(2):  # The second one is a retry.
                cancelled = bookings.CancelBooking(cancel, timeout=DEADLINE_SECONDS).booking
                if cancelled.state != booking.BOOKING_STATE_CANCELLED:
                    self.complain(number, case, f"{booked.booking_id} was cancelled and is not")
            with self.lock:
                self.acknowledged[booked.booking_id]["state"] = "BOOKING_STATE_CANCELLED"
            self.count("(cancelled)")

    def report(self, seconds: float) -> None:
        for outcome, count in sorted(self.counts.items()):
            print(f"{count:6}  {outcome}")
        for method, taken in self.seconds.items():
            if taken:
                taken.sort()
                at = {percent: taken[min(len(taken) - 1, len(taken) * percent // 100)] for percent in (50, 90, 99)}
                figures = ", ".join(f"p{percent} {1000 * value:.1f}" for percent, value in at.items())
                print(f"{method}: {len(taken)} calls, {figures}, max {1000 * taken[-1]:.1f} ms")
        booked, complaints = len(self.acknowledged), len(self.complaints)
        killed = ", then the server was killed" if self.killed.is_set() else ""
        print(f"{self.answered} requests, {booked} booked, {complaints} complaints, {seconds:.1f} s{killed}")
        for complaint in self.complaints[:20]:
            print(complaint, file=sys.stderr)


def make_requests(client: Client, arguments: argparse.Namespace) -> bool:
    service_date = arguments.date or client.today()
    cases = Cases(arguments.scenario, service_date, arguments.seed).draw(arguments.requests)
    run = Run(client, arguments.kill_pid, arguments.requests)
    started = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(arguments.threads) as pool:
        for done in [pool.submit(run.one, number, case) for number, case in enumerate(cases)]:
            done.result()
    run.report(time.perf_counter() - started)
    if arguments.out:
        record = {"date": service_date, "bookings": list(run.acknowledged.values())}
        arguments.out.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
    return not run.complaints


def verify(client: Client, file: pathlib.Path) -> bool:
    """Is each acknowledged booking there, with its promise, and is its request id still remembered?"""
    record = json.loads(file.read_text(encoding="utf-8"))
    wrong = []
    for known in record["bookings"]:
        name = known["booking_id"]
        try:
            request = booking.GetBookingRequest(booking_id=name)
            found = client.bookings.GetBooking(request, timeout=DEADLINE_SECONDS).booking
            retry = booking.BookRequest(request_id=known["request_id"], offer_token=known["offer_token"])
            again = client.bookings.Book(retry, timeout=DEADLINE_SECONDS).booking
        except grpc.RpcError as error:
            wrong.append(f"{name}: {error.code().name} {reason(error)} {error.details()}")
            continue
        state = booking.BookingState.Name(found.state)
        if known["state"] not in ("ANY", state):
            wrong.append(f"{name} was {known['state']} and is {state}")
        if promise(found.legs) != known["promise"]:
            wrong.append(f"{name} has another promise")
        if again.booking_id != name:
            wrong.append(f"a retry of {name} became {again.booking_id}")
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    print(f"{len(record['bookings'])} acknowledged bookings, {len(wrong)} lost or changed")
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="127.0.0.1:50051")
    parser.add_argument("--token-file", default="data/dispatcher.token")
    parser.add_argument("--scenario", type=pathlib.Path, help="folder of the scenario that the server serves")
    parser.add_argument("--date", help="service date of the requests; the server's today when not given")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=4, help="requests at the same time")
    parser.add_argument("--kill-pid", type=int, nargs="+", default=[], help="SIGKILL these when half is answered")
    parser.add_argument("--out", type=pathlib.Path, help="file for the acknowledged bookings")
    parser.add_argument("--verify", type=pathlib.Path, help="file of an earlier run: is everything still there?")
    arguments = parser.parse_args()
    client = Client(arguments.server, arguments.token_file)
    if arguments.verify:
        return 0 if verify(client, arguments.verify) else 1
    if not arguments.scenario:
        parser.error("--scenario is needed")
    return 0 if make_requests(client, arguments) else 1


if __name__ == "__main__":
    sys.exit(main())
