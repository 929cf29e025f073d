//! All segments of all services in the order of time: the time-expanded network that every consignment shares.
//!
//! Segments are numbered by service, then call, so that a service goes on from segment `n` to `n + 1`. Whatever leads to an
//! event comes before it in [`Timeline::events`]: a transfer takes at least a second, and a service runs in order.

use super::problem::{FreightProblem, Hold};
use crate::ids::PlaceId;
use crate::plan::{FreightCarrier, FreightLeg};
use crate::time::ServiceTime;

/// A service between two calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    /// Position among the problem's services.
    pub service: usize,
    /// From this of its calls to the next.
    pub call: usize,
    pub from: PlaceId,
    pub to: PlaceId,
    pub departure: ServiceTime,
    pub arrival: ServiceTime,
    /// Empty.
    pub hold: Hold,
    /// The station at its beginning.
    pub from_station: Option<usize>,
    /// The station at its end.
    pub to_station: Option<usize>,
}

/// At the same time goods are stored before services depart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// What arrived with this segment can leave the station at its end in another hold.
    Stored(usize),
    /// This segment begins.
    Departs(usize),
}

/// The services of a problem.
pub(super) struct Timeline {
    pub segments: Vec<Segment>,
    /// In the order of time.
    pub events: Vec<(ServiceTime, Event)>,
    /// How many stations there are.
    pub stations: usize,
    carriers: Vec<FreightCarrier>,
}

impl Timeline {
    pub fn new(problem: &FreightProblem) -> Self {
        let mut segments = Vec::new();
        let station_of = |place| problem.stations.iter().position(|places| places.contains(&place));
        for (index, service) in problem.services.iter().enumerate() {
            let pairs = service.calls.windows(2).zip(&service.holds);
            segments.extend(pairs.enumerate().map(|(call, (pair, &hold))| Segment {
                service: index,
                call,
                from: pair[0].place,
                to: pair[1].place,
                departure: pair[0].departure,
                arrival: pair[1].arrival,
                hold,
                from_station: station_of(pair[0].place),
                to_station: station_of(pair[1].place),
            }));
        }
        let departs = segments.iter().enumerate().map(|(index, segment)| (segment.departure, Event::Departs(index)));
        let stored = segments.iter().enumerate().filter(|(_, segment)| segment.to_station.is_some());
        let stored = stored.map(|(index, segment)| (segment.arrival + problem.transfer_time(), Event::Stored(index)));
        let mut events: Vec<(ServiceTime, Event)> = departs.chain(stored).collect();
        events.sort_unstable();
        let carriers = problem.services.iter().map(|service| service.carrier).collect();
        Self { segments, events, stations: problem.stations.len(), carriers }
    }

    /// The service of a segment.
    pub fn carrier(&self, segment: usize) -> FreightCarrier {
        self.carriers[self.segments[segment].service]
    }

    /// From the beginning of the first of these segments to the end of the last, in one hold.
    pub fn leg(&self, (first, last): (usize, usize)) -> FreightLeg {
        let (loaded_at, unloaded_at) = (self.segments[first].call, self.segments[last].call + 1);
        FreightLeg { carrier: self.carrier(first), loaded_at, unloaded_at }
    }
}
