//! Who stands in the way of a timetable, and what they could have instead, outwards.

use chrono::NaiveDate;
use sanban_engine::dispatch::{Acceptance, Area, DisplacedBooking, Displacement, NoReoffer, Offer, Refusal};
use sanban_engine::plan::Timetable;

use super::reasons::{Figures, explain_refusal, explanation};
use super::{quote, reasons};
use crate::grpc::offer_token::OfferSigner;
use crate::proto;

/// What is needed to spell out re-offers.
pub struct Reoffers<'a> {
    /// The state.
    pub area: &'a Area,
    /// The timetable that should be put into service; nothing once its operation is forgotten, then rides on lines are not
    /// spelled out.
    pub timetable: Option<&'a Timetable>,
    /// Signs them.
    pub signer: &'a OfferSigner,
}

/// Why a timetable was not put into service.
pub fn activation_refused(
    reoffers: &Reoffers,
    date: NaiveDate,
    displaced: &[DisplacedBooking],
) -> proto::ActivationRefused {
    let (count, accepted) =
        (displaced.len(), displaced.iter().filter(|one| one.acceptance == Acceptance::Good).count());
    let text = proto::Text {
        zh_cn: format!(
            "{date} 有 {count} 个订单无法按新时刻表保留，其中 {accepted} 个的改签方案已接受；请逐一确认后再启用"
        ),
        en: format!(
            "{count} bookings on {date} can't stay as they are under this timetable, re-offers of {accepted} are accepted; \
             activate it again with the re-offers of all of them"
        ),
    };
    let bookings = displaced.iter().map(|displaced| reoffers.displaced(displaced)).collect();
    proto::ActivationRefused { date: date.to_string(), bookings, text: Some(text) }
}

impl Reoffers<'_> {
    fn displaced(&self, displaced: &DisplacedBooking) -> proto::DisplacedBooking {
        let (acceptance, stale) = match &displaced.acceptance {
            Acceptance::Missing => (proto::Acceptance::Missing, None),
            Acceptance::Stale(reason) => {
                (proto::Acceptance::Stale, Some(explain_refusal(&Refusal { reason: reason.clone() })))
            }
            Acceptance::Good => (proto::Acceptance::Good, None),
        };
        proto::DisplacedBooking {
            booking_id: displaced.booking.to_string(),
            why: Some(why(&displaced.why)),
            acceptance: acceptance.into(),
            stale,
            reoffer: displaced.reoffer.as_ref().ok().map(|offer| self.offer(offer)),
            no_reoffer: displaced.reoffer.as_ref().err().map(no_reoffer),
        }
    }

    fn offer(&self, offer: &Offer) -> proto::Offer {
        let made_for = offer.replaces.map(|replaced| replaced.trips_fingerprint);
        let timetable = self.timetable.filter(|timetable| made_for == Some(timetable.trips_fingerprint()));
        quote::reoffer(self.area, timetable, offer, self.signer)
    }
}

fn why(displacement: &Displacement) -> proto::Explanation {
    let (rule, figures, zh): (_, Figures, String) = match displacement {
        Displacement::TripGone { departure, nearest } => {
            let mut figures = vec![("departure", departure.to_hm_string())];
            figures.extend(nearest.map(|nearest| ("nearest", nearest.to_hm_string())));
            let nearest = nearest.map(|nearest| format!("，同线最近一班 {} 从首站开出", nearest.to_hm_string()));
            let zh = format!("{} 的班车不再按此时间开行{}", departure.to_hm_string(), nearest.unwrap_or_default());
            ("activation.trip_gone", figures, zh)
        }
        Displacement::SeatsShort { departure, wanted } => (
            "activation.seats_short",
            vec![("departure", departure.to_hm_string()), ("wanted_seats", wanted.seats.to_string())],
            format!("{} 的班车改用较小车型，座位不足", departure.to_hm_string()),
        ),
        Displacement::VehicleNeeded => ("activation.vehicle_needed", vec![], "该时段预约车辆须执行固定班次".to_owned()),
    };
    explanation(rule, figures, zh, displacement.to_string())
}

fn no_reoffer(reason: &NoReoffer) -> proto::Explanation {
    match reason {
        NoReoffer::Begun => reasons::explanation(
            "activation.journey_begun",
            vec![],
            "行程已开始，不能按新时刻表完成".to_owned(),
            "the journey has begun and can't be brought to its end with this timetable".to_owned(),
        ),
        NoReoffer::NotSearched => reasons::explanation(
            "activation.not_searched",
            vec![],
            "该时刻表无法启用，未查找改签方案".to_owned(),
            "not looked for, because the timetable can't be put into service anyway".to_owned(),
        ),
        NoReoffer::Refused(refusal) => explain_refusal(refusal),
    }
}
