"""Mixed requests over gRPC, each answer examined; and whether a restart lost anything that was acknowledged.

    thousand_requests.py --scenario scenarios/county --requests 1000 --seed 1 --out acknowledged.json
    thousand_requests.py --verify acknowledged.json          # after a restart of the server

Rides, market trips, consignments, enrolments, and some requests that nobody can serve. Every answer must be an offer
whose promise is consistent with what was asked for, or a refusal with a machine-readable reason. The first offer is
booked; one booking in ten is sent again with the same request id (must be the same booking), one in twenty with the
same id and another offer (must be ALREADY_EXISTS), one in fifteen is cancelled. `--kill-pid PID` kills the server
with SIGKILL when half of the requests are answered: what was acknowledged until then is written down for --verify.

Exits with 1 when any answer was not as it must be, when hardly anything was booked, or when there is nothing to verify.
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
# A server that refuses everything tells nothing: at least this share of the requests must be booked.
LEAST_BOOKED_PERCENT = 25
RETRY_ONE_IN, REUSE_ONE_IN, CANCEL_ONE_IN = 10, 20, 15
# What calls end with when the server is killed under them.
GONE = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN)


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
                self.complain(number, case, f"offered {ATTEMPTS} times, and never to be had")
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
        if 100 * booked < LEAST_BOOKED_PERCENT * self.answered:
            self.complaints.append(f"only {booked} of {self.answered} requests were booked")
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
    if not record["bookings"]:
        wrong.append("the record is empty: nothing was verified")
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
