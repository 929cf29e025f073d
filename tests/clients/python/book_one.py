"""Books a ride and prints what was promised: book_one.py [SERVER TOKEN_FILE FROM TO ARRIVE_BY]

The times are those of the service area: 2026-11-25T10:30:00+08:00. Without arguments: the county of `make run`, today.
"""

import sys
import uuid

from sanban_client import Client, booking, common, instant, place, promise_in_words

county = ("127.0.0.1:50051", "data/dispatcher.token", "V001", "H03", "")
server, token, origin, target, arrive_by = sys.argv[1:] or county

client = Client(server, token)
ride = booking.Ride(to=place(target), party=common.Party(seated=1), **{"from": place(origin)})
ride.arrive_by.CopyFrom(instant(arrive_by or f"{client.today()}T10:30:00+08:00"))
quote = client.bookings.Quote(booking.QuoteRequest(journey=booking.Journey(ride=ride)))
if not quote.offers:
    sys.exit(f"{quote.refusal.explanation.text.zh_cn} / {quote.refusal.explanation.text.en}")
request = booking.BookRequest(request_id=str(uuid.uuid4()), offer_token=quote.offers[0].offer_token)
booked = client.bookings.Book(request).booking
print(booked.booking_id, booking.Tier.Name(booked.tier), promise_in_words(booked), sep="\n")
