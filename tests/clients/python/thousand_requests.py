"""Books mixed requests over gRPC and checks every answer, or verifies what an earlier run was promised.

    thousand_requests.py --scenario DIR --date YYYY-MM-DD [--seed 1] [--count 1000] [--acknowledged FILE]
    thousand_requests.py --verify FILE

Every answer must be an offer with a promise, or a refusal with a reason and a text in both languages. Bookings that
the server acknowledged are appended to FILE, one JSON object per line; --verify asks for each of them again and
exits 1 if one is lost or was changed. Needs the stubs (stubs.sh OUT) on PYTHONPATH.
"""

import argparse
import collections
import concurrent.futures
import csv
import datetime
import hashlib
import json
import pathlib
import random
import sys
import threading
import time

import grpc
from sanban.v1 import booking_pb2 as booking
from sanban.v1 import booking_pb2_grpc as services

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
ATTEMPTS = 5


def codes(scenario, file, column):
    with open(scenario / file, encoding="utf-8", newline="") as rows:
        return [row[column] for row in csv.DictReader(rows)]


class Requests:
    """Journeys drawn from the places of a scenario; the same seed draws the same journeys."""

    def __init__(self, scenario, date, seed):
        self.random = random.Random(seed)
        self.date = date
        self.villages = codes(scenario, "villages.csv", "village_id")
        self.markets = codes(scenario, "markets.csv", "market_id")
        self.schools = codes(scenario, "schools.csv", "school_id")
        self.facilities = codes(scenario, "facilities.csv", "facility_id")
        self.stops = codes(scenario, "gtfs/stops.txt", "stop_id")

    def at(self, minutes):
        midnight = datetime.datetime.combine(self.date, datetime.time(), SHANGHAI)
        return int((midnight + datetime.timedelta(minutes=minutes)).timestamp())

    def two_places(self):
        origin = self.random.choice(self.villages)
        everywhere = self.villages + self.facilities + self.stops
        return origin, self.random.choice([code for code in everywhere if code != origin])

    def party(self, party):
        party.seated = self.random.choice([1, 1, 1, 2, 2, 3])
        party.wheelchairs = self.random.choice([0] * 19 + [1])
        party.luggage_units = self.random.choice([0, 0, 1, 2])

    def draw(self):
        journey = booking.Journey()
        kind = self.random.random()
        if kind < 0.55:
            origin, destination = self.two_places()
            ride = journey.ride
            getattr(ride, "from").code, ride.to.code = origin, destination
            when = self.at(self.random.randrange(6 * 60, 21 * 60, 5))
            (ride.arrive_by if self.random.random() < 0.5 else ride.depart_at).seconds = when
            self.party(ride.party)
        elif kind < 0.85 and self.markets:
            trip = journey.market_trip
            getattr(trip, "from").code = self.random.choice(self.villages)
            trip.market = self.random.choice(self.markets)
            arrive = self.random.randrange(7 * 60, 9 * 60 + 30, 5)
            trip.arrive_by.seconds = self.at(arrive)
            trip.return_at.seconds = self.at(arrive + self.random.randrange(120, 181, 5))
            self.party(trip.party)
            trip.luggage_units_home = trip.party.luggage_units + 1
        elif kind < 0.95 or not self.schools:
            origin, destination = self.two_places()
            consignment = journey.consignment
            getattr(consignment, "from").code, consignment.to.code = origin, destination
            consignment.kilograms = self.random.randrange(5, 200)
            consignment.litres = consignment.kilograms * 4
            ready = self.random.randrange(7 * 60, 14 * 60, 5)
            consignment.ready.seconds = self.at(ready)
            consignment.due.seconds = self.at(ready + 240)
        else:
            enrolment = journey.enrolment
            getattr(enrolment, "from").code = self.random.choice(self.villages)
            enrolment.school = self.random.choice(self.schools)
            enrolment.from_date = self.date.isoformat()
        return journey


def complaint_about(answer):
    """What is wrong with an answer; None when it is an offer with a promise or a reasoned refusal."""
    if not answer.policy_version or not answer.HasField("decided_by") and answer.offers:
        return "no policy version, or no rule that decided"
    if not answer.offers:
        refusal = answer.refusal
        text = refusal.explanation.text
        if refusal.reason == booking.REFUSAL_REASON_UNSPECIFIED or not (text.zh_cn and text.en):
            return "a refusal without a reason in both languages"
        return None
    for offer in answer.offers:
        if not (offer.offer_token and offer.expires.seconds and offer.legs and offer.tier):
            return "an offer without token, expiry, tier or legs"
        for section in (section for leg in offer.legs for section in leg.sections):
            by = section.WhichOneof("by")
            if by == "line" and not 0 < section.line.departure.seconds < section.line.arrival.seconds:
                return "a line without times"
            if by == "booked":
                for window in (section.booked.promised_pickup, section.booked.promised_dropoff):
                    if not 0 < window.earliest.seconds <= window.latest.seconds:
                        return "a booked ride without promised windows"
    return None


def digest(booked):
    """Of what was promised; the vehicle behind a promise may change."""
    promised = booking.Booking()
    promised.CopyFrom(booked)
    for leg in promised.legs:
        for section in leg.sections:
            if section.WhichOneof("by") == "booked":
                section.booked.vehicle = ""
    return hashlib.sha256(promised.SerializeToString(deterministic=True)).hexdigest()


class Client:
    def __init__(self, server, token_file):
        token = pathlib.Path(token_file).read_text(encoding="utf-8").strip()
        self.metadata = [("authorization", f"Bearer {token}")]
        self.stub = services.BookingServiceStub(grpc.insecure_channel(server))

    def quote(self, journey):
        return self.stub.Quote(booking.QuoteRequest(journey=journey), metadata=self.metadata, timeout=30)

    def book(self, request_id, token):
        request = booking.BookRequest(request_id=request_id, offer_token=token)
        return self.stub.Book(request, metadata=self.metadata, timeout=30).booking

    def get(self, booking_id):
        request = booking.GetBookingRequest(booking_id=booking_id)
        return self.stub.GetBooking(request, metadata=self.metadata, timeout=30).booking


def run(arguments):
    client = Client(arguments.server, arguments.token_file)
    date = datetime.date.fromisoformat(arguments.date)
    requests = Requests(pathlib.Path(arguments.scenario), date, arguments.seed)
    journeys = [requests.draw() for _ in range(arguments.count)]
    counts, complaints, lock = collections.Counter(), [], threading.Lock()
    acknowledged = open(arguments.acknowledged, "a", encoding="utf-8") if arguments.acknowledged else None
    lost_connection = threading.Event()

    def one(number):
        journey = journeys[number]
        product = journey.WhichOneof("product")
        for attempt in range(ATTEMPTS):
            if lost_connection.is_set():
                return
            try:
                answer = client.quote(journey)
                complaint = complaint_about(answer)
                if complaint:
                    with lock:
                        complaints.append(f"request {number} ({product}): {complaint}")
                    return
                if not answer.offers:
                    rule = answer.refusal.explanation.rule
                    reason = booking.RefusalReason.Name(answer.refusal.reason)[len("REFUSAL_REASON_"):]
                    with lock:
                        counts[f"{product} refused {reason} {rule}"] += 1
                    return
                request_id = f"thousand-{arguments.date}-{arguments.seed}-{number}-{attempt}"
                booked = client.book(request_id, answer.offers[0].offer_token)
                with lock:
                    counts[f"{product} booked {booking.Tier.Name(booked.tier)[len('TIER_'):]}"] += 1
                    if acknowledged:
                        row = {"booking_id": booked.booking_id, "request_id": request_id, "sha256": digest(booked)}
                        acknowledged.write(json.dumps(row) + "\n")
                        acknowledged.flush()
                return
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.UNAVAILABLE and arguments.until_killed:
                    lost_connection.set()
                    return
                # Somebody else took the room meanwhile, or the queue is full: ask again.
                if error.code() not in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.RESOURCE_EXHAUSTED):
                    with lock:
                        complaints.append(f"request {number} ({product}): {error.code()} {error.details()}")
                    return
                time.sleep(0.05 * (attempt + 1))
        with lock:
            counts[f"{product} gave up after {ATTEMPTS} attempts"] += 1

    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(arguments.threads) as pool:
        list(pool.map(one, range(len(journeys))))
    seconds = time.monotonic() - started
    for outcome, count in sorted(counts.items()):
        print(f"{count:6}  {outcome}")
    booked = sum(count for outcome, count in counts.items() if " booked " in outcome)
    print(f"{len(journeys)} requests, {booked} booked, {len(complaints)} complaints, {seconds:.1f} s")
    for complaint in complaints[:20]:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


def verify(arguments):
    client = Client(arguments.server, arguments.token_file)
    lost = checked = 0
    with open(arguments.verify, encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            checked += 1
            try:
                if digest(client.get(row["booking_id"])) != row["sha256"]:
                    print(f"{row['booking_id']} was changed", file=sys.stderr)
                    lost += 1
            except grpc.RpcError as error:
                print(f"{row['booking_id']}: {error.code()} {error.details()}", file=sys.stderr)
                lost += 1
    print(f"{checked} acknowledged bookings, {lost} lost or changed")
    return 1 if lost else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="127.0.0.1:50051")
    parser.add_argument("--token-file", default="data/dispatcher.token")
    parser.add_argument("--scenario", help="folder of the scenario that the server serves")
    parser.add_argument("--date", help="service date of the requests")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--acknowledged", help="file to append acknowledged bookings to")
    parser.add_argument("--until-killed", action="store_true", help="a server that dies in between is no failure")
    parser.add_argument("--verify", help="file of an earlier run: is everything still there?")
    arguments = parser.parse_args()
    if arguments.verify:
        return verify(arguments)
    if not (arguments.scenario and arguments.date):
        parser.error("--scenario and --date are needed")
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
