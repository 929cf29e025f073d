"""Books one ride: book_one.py SERVER TOKEN_FILE FROM TO ARRIVE_BY, e.g. 127.0.0.1:50051 data/dispatcher.token V-001 V-002 2026-11-25T10:00:00+08:00

Needs the stubs (stubs.sh OUT) on PYTHONPATH.
"""
import sys, uuid, grpc
from sanban.v1 import booking_pb2 as booking, booking_pb2_grpc as services, common_pb2 as common

server, token_file, origin, destination, arrive_by = sys.argv[1:]
metadata = [("authorization", "Bearer " + open(token_file).read().strip())]
stub = services.BookingServiceStub(grpc.insecure_channel(server))
ride = booking.Ride(party=common.Party(seated=1))
getattr(ride, "from").code, ride.to.code = origin, destination
ride.arrive_by.FromJsonString(arrive_by)
quote = stub.Quote(booking.QuoteRequest(journey=booking.Journey(ride=ride)), metadata=metadata)
print(quote.offers or quote.refusal)
if quote.offers:
    request = booking.BookRequest(request_id=str(uuid.uuid4()), offer_token=quote.offers[0].offer_token)
    print(stub.Book(request, metadata=metadata).booking.booking_id)
