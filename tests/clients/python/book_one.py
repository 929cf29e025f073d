"""Books a ride and prints what was promised: book_one.py [SERVER TOKEN_FILE FROM TO HH:MM]"""

import sys
import uuid

from sanban_client import Client, booking, clock, common, moment, place

server, token_file, origin, target, arrive_by = sys.argv[1:] or (
    "127.0.0.1:50051", "data/dispatcher.token", "V001", "HOSP-3", "10:30")
client = Client(server, token_file)
wanted = moment(client.today(), *map(int, arrive_by.split(":")))
ride = booking.Ride(**{"from": place(origin)}, to=place(target), arrive_by=wanted, party=common.Party(seated=1))
quote = client.bookings.Quote(booking.QuoteRequest(journey=booking.Journey(ride=ride)))
if not quote.offers:
    sys.exit(f"{quote.refusal.explanation.text.zh_cn} / {quote.refusal.explanation.text.en}")
request = booking.BookRequest(request_id=str(uuid.uuid4()), offer_token=quote.offers[0].offer_token)
booked = client.bookings.Book(request).booking
print(booked.booking_id, booking.Tier.Name(booked.tier))
