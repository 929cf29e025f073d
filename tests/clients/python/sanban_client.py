"""Sanban over gRPC from Python: stubs made from proto/ at first use, and a channel that carries the token.

    client = Client()                       # 127.0.0.1:50051, token in data/dispatcher.token
    client.bookings.Quote(booking.QuoteRequest(...))

The modules `common`, `booking`, `dispatch` and `timetable` hold the messages of proto/sanban/v1.
"""

import contextlib
import hashlib
import importlib
import importlib.metadata
import json
import os
import pathlib
import sys
import tempfile
from datetime import date, datetime, time, timedelta, timezone

ROOT = pathlib.Path(__file__).resolve().parents[3]

try:
    import grpc
    import grpc_tools
    from google.protobuf.timestamp_pb2 import Timestamp
    from google.rpc import error_details_pb2
    from grpc_status import rpc_status
    from grpc_tools import protoc
except ImportError as missing:
    script = " ".join([os.path.relpath(sys.argv[0], ROOT), *sys.argv[1:]])
    sys.exit(
        f"{missing}: this Python lacks the packages of the client. In {ROOT} type:\n"
        "    python3 -m venv .tools/venv\n"
        "    .tools/venv/bin/pip install -r tests/clients/python/requirements.txt\n"
        f"    .tools/venv/bin/python {script}"
    )

PROTOS = ROOT / "proto"
CACHE = pathlib.Path(__file__).resolve().parent / "__pycache__"
SHANGHAI = timezone(timedelta(hours=8))
# A call without an answer is made again, unchanged: reads change nothing, and request ids make the others safe.
RETRIES = {
    "name": [{}],
    "retryPolicy": {
        "maxAttempts": 3,
        "initialBackoff": "0.2s",
        "maxBackoff": "2s",
        "backoffMultiplier": 3,
        "retryableStatusCodes": ["UNAVAILABLE"],
    },
}


def _stubs() -> pathlib.Path:
    """The folder with the stubs of the protos as they are now; made when it isn't there yet."""
    files = sorted(PROTOS.glob("sanban/v1/*.proto"))
    digest = hashlib.sha256(importlib.metadata.version("grpcio-tools").encode())
    for file in files:
        digest.update(file.read_bytes())
    folder = CACHE / f"stubs-{digest.hexdigest()[:16]}"
    if not folder.exists():
        CACHE.mkdir(exist_ok=True)
        made = tempfile.mkdtemp(dir=CACHE)
        well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
        options = [f"-I{PROTOS}", f"-I{well_known}", f"--python_out={made}", f"--grpc_python_out={made}"]
        if protoc.main(["protoc", *options, *map(str, files)]) != 0:
            sys.exit(f"the stubs of {PROTOS} could not be made")
        with contextlib.suppress(OSError):  # Another process was faster; its stubs are the same.
            os.rename(made, folder)
    return folder


sys.path.insert(0, str(_stubs()))
common = importlib.import_module("sanban.v1.common_pb2")
booking = importlib.import_module("sanban.v1.booking_pb2")
dispatch = importlib.import_module("sanban.v1.dispatch_pb2")
timetable = importlib.import_module("sanban.v1.timetable_pb2")
_booking_service = importlib.import_module("sanban.v1.booking_pb2_grpc")
_dispatch_service = importlib.import_module("sanban.v1.dispatch_pb2_grpc")
_timetable_service = importlib.import_module("sanban.v1.timetable_pb2_grpc")


def place(code: str):
    """A place by its code in the scenario."""
    return common.PlaceReference(code=code)


def moment(service_date: str, hours: int, minutes: int = 0) -> Timestamp:
    """A time of a service date, in China; 25 hours is one in the morning after."""
    midnight = datetime.combine(date.fromisoformat(service_date), time(), SHANGHAI)
    return Timestamp(seconds=int((midnight + timedelta(hours=hours, minutes=minutes)).timestamp()))


def instant(text: str) -> Timestamp:
    """A moment written as in RFC 3339: 2026-11-25T10:30:00+08:00."""
    timestamp = Timestamp()
    timestamp.FromJsonString(text)
    return timestamp


def clock(timestamp: Timestamp) -> str:
    """HH:MM in China."""
    return datetime.fromtimestamp(timestamp.seconds, SHANGHAI).strftime("%H:%M")


def window(promised) -> str:
    """HH:MM-HH:MM in China."""
    return f"{clock(promised.earliest)}-{clock(promised.latest)}"


def promise_in_words(booked) -> str:
    """The sections of all ways of a booking, one per line, with what was promised."""
    lines = []
    for section in (section for leg in booked.legs for section in leg.sections):
        by = section.WhichOneof("by")
        part = getattr(section, by)
        if by == "student_run":
            lines.append(f"student run {part.student_run}, {part.time} at {part.stop.code}, from {part.from_date}")
            continue
        origin, target = getattr(part, "from").code, part.to.code
        if by == "walk":
            lines.append(f"walk: {origin} -> {target}, {part.metres} m")
        elif by == "line":
            name, begin, end = f"line {part.line_short_name}", clock(part.departure), clock(part.arrival)
            lines.append(f"{name}: {begin} {origin} -> {end} {target}")
        else:
            begin, end = window(part.promised_pickup), window(part.promised_dropoff)
            lines.append(f"booked vehicle: {begin} {origin} -> {end} {target}")
    return "\n".join(lines)


def reason(error: grpc.RpcError) -> str:
    """The machine-readable reason of an error; empty when it carries none."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return ""


class _Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Adds the token to every call."""

    def __init__(self, token: str):
        self._header = ("authorization", f"Bearer {token}")

    def _authorized(self, details):
        return details._replace(metadata=[*(details.metadata or []), self._header])

    def intercept_unary_unary(self, continuation, details, request):
        return continuation(self._authorized(details), request)

    def intercept_unary_stream(self, continuation, details, request):
        return continuation(self._authorized(details), request)


class Client:
    """The three services of one server."""

    def __init__(self, server: str = "127.0.0.1:50051", token_file: str = "data/dispatcher.token"):
        if not pathlib.Path(token_file).exists():
            sys.exit(f"{token_file} is missing: start the server (make run), or name the token file in its data folder")
        token = pathlib.Path(token_file).read_text(encoding="utf-8").strip()
        options = [("grpc.service_config", json.dumps({"methodConfig": [RETRIES]}))]
        self.channel = grpc.intercept_channel(grpc.insecure_channel(server, options), _Bearer(token))
        self.bookings = _booking_service.BookingServiceStub(self.channel)
        self.dispatch = _dispatch_service.DispatchServiceStub(self.channel)
        self.timetables = _timetable_service.TimetableServiceStub(self.channel)

    def today(self) -> str:
        """The service date that the server's clock shows."""
        return self.dispatch.GetPlan(dispatch.GetPlanRequest()).plan.date
