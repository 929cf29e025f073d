"""What is wrong with an answer to a quote; each function returns a complaint, or nothing when all is as it must be."""

from request_cases import Case
from sanban_client import booking


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
        return "a nearest miss that does not say what was missed"
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


def wanted(asked) -> dict[str, int]:
    """The moments of a journey by field."""
    fields = [field.name for field, _ in asked.ListFields()]
    return {name: getattr(asked, name).seconds for name in ("arrive_by", "depart_at", "ready", "due") if name in fields}


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
    if offer.tier == booking.TIER_WAITING_LIST:
        # Nothing is promised yet: only pupils wait, for a seat on a student run.
        return "" if product == "enrolment" and not offer.legs else "a place on a waiting list that isn't one"
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
    boarding, arrival = timed[0][0][0], timed[0][-1][1] + walk_at_the_end(offer.legs[0])
    for name, time in wanted(asked).items():
        if name in ("arrive_by", "due") and arrival > time:
            return f"arrives {arrival - time} s after {name}"
        if name in ("depart_at", "ready") and boarding < time:
            return f"boards {time - boarding} s before {name}"
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
