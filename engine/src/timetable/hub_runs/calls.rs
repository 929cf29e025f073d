//! What a run may do at one call: whom it takes, of the groups that wait there.
//!
//! Groups are taken in order of profit, each in full before the next. A group that may wait elsewhere too can be passed over, because
//! the run may take it there; one that cannot is never passed over for another, because its people in the other's seats are worth more.

use super::instance::Instance;
use super::labels::{Memory, contains, insert};
use super::pricing::Duals;
use super::routes::Visit;

/// A group at a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    /// Units per person.
    pub profit: i64,
    pub people: i32,
    group: u32,
    kept: Kept,
}

/// People taken at a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    pub people: i32,
    pub profit: i64,
    /// By place among those that may be passed over.
    pub passed_over: u8,
    /// What is to be remembered.
    pub bits: Memory,
}

/// What is remembered of a group that is taken at a stop, whatever its price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// Whoever remembers this doesn't take the group.
    pub bit: Option<usize>,
    /// Remembered when some of it are taken.
    pub remembered: Option<usize>,
    /// Its place among those that may be passed over.
    choice: Option<u8>,
}

/// Groups of a stop that may be passed over, those first that walk least; more than that are taken without being remembered, so that
/// nothing is lost by not passing them over.
const MOST_CHOICES: u8 = 6;

/// By node, in the order of the groups that may use it; `group_bit` by group.
pub(super) fn kept(instance: &Instance, group_bit: &[Option<usize>]) -> Vec<Vec<Kept>> {
    let at_node = |at_node: &Vec<(usize, i64)>| {
        let of_group = |&(group, _): &(usize, i64)| {
            let bit: Option<usize> = group_bit[group];
            let has_choice = instance.groups[group].stops.len() > 1;
            Kept { bit, remembered: bit.filter(|_| !has_choice), choice: None }
        };
        let mut kept: Vec<Kept> = at_node.iter().map(of_group).collect();
        let mut choices: Vec<usize> = (0..kept.len()).filter(|&at| kept[at].bit != kept[at].remembered).collect();
        choices.sort_by_key(|&at| (at_node[at].1, at));
        for (at, place) in choices.into_iter().zip(0..MOST_CHOICES) {
            (kept[at].remembered, kept[at].choice) = (kept[at].bit, Some(place));
        }
        kept
    };
    instance.at_node.iter().map(at_node).collect()
}

/// Who wait at a node and are wanted by runs of an origin, those of most profit first.
pub(super) fn offers(
    instance: &Instance,
    (node, kept): (usize, &[Kept]),
    (origin, kind): (usize, usize),
    duals: &Duals,
) -> Vec<Offer> {
    let handling = instance.kinds[kind].per_second * i64::from(2 * instance.per_person);
    let served = instance.at_node[node].iter().zip(kept).filter(|&(&(group, _), _)| {
        let data = &instance.groups[group];
        instance.origins[origin].serves(data.hub) && data.people > 0
    });
    let mut offers: Vec<Offer> = served
        .map(|(&(group, walk), &kept)| Offer {
            profit: duals.people[group] - walk - handling,
            people: instance.groups[group].people,
            group: group as u32,
            kept,
        })
        .collect();
    offers.sort_by_key(|offer| (-offer.profit, offer.group));
    offers
}

/// Everything that a run with this memory and so much room may take at a call. `open` is scratch space.
#[inline]
pub(super) fn takings(
    offers: &[Offer],
    memory: &Memory,
    (room, may_pass_over): (i32, bool),
    open: &mut Vec<Taken>,
    mut each: impl FnMut(&Taken),
) {
    open.clear();
    open.push(Taken::default());
    for offer in offers.iter().filter(|offer| !contains(memory, offer.kept.bit)) {
        // What was there before the offer; with it, it goes behind.
        let before = open.len();
        for index in 0..before {
            let mut taken = open[index];
            insert(&mut taken.bits, offer.kept.remembered);
            let most = offer.people.min(room - taken.people);
            for so_many in 1..=most {
                // One has to get in or out, or it were no call; more only if that pays.
                if taken.people > 0 && offer.profit <= 0 {
                    break;
                }
                taken.people += 1;
                taken.profit += offer.profit;
                each(&taken);
                if so_many == offer.people {
                    open.push(taken);
                }
            }
        }
        match offer.kept.choice {
            Some(place) if may_pass_over => open[..before].iter_mut().for_each(|taken| taken.passed_over |= 1 << place),
            _ => drop(open.drain(..before)),
        }
        if open.is_empty() {
            return;
        }
    }
}

/// Everything that any run may take at a call, in order of people: takings of which every group may be passed over, because what comes
/// before the call is not known.
#[derive(Clone, Debug, Default)]
pub(super) struct Pattern {
    pub people: usize,
    pub profit: i64,
    /// Whoever remembers one of these couldn't take it.
    pub bits: Memory,
    /// What is remembered by whoever takes it.
    pub remembered: Memory,
    /// Groups and how many of each.
    who: Vec<(u32, i32)>,
}

impl Pattern {
    /// The visits of a call that takes it.
    pub fn visits(&self, node: u32) -> impl Iterator<Item = Visit> + '_ {
        self.who.iter().map(move |&(group, people)| Visit { node, group, people })
    }
}

/// Patterns of a stop that are told apart by who they are, not only by how many.
const MOST_OPEN: usize = 64;

/// The patterns of a stop, for up to so many people.
pub(super) fn patterns(offers: &[Offer], seats: usize) -> Vec<Pattern> {
    let (mut open, mut patterns) = (vec![Pattern::default()], Vec::new());
    for offer in offers {
        let before = open.len();
        for index in 0..before {
            let mut taken = open[index].clone();
            insert(&mut taken.bits, offer.kept.bit);
            insert(&mut taken.remembered, offer.kept.remembered);
            taken.who.push((offer.group, 0));
            for so_many in 1..=offer.people {
                if taken.people == seats || (taken.people > 0 && offer.profit <= 0) {
                    break;
                }
                taken.people += 1;
                taken.profit += offer.profit;
                taken.who[open[index].who.len()].1 = so_many;
                patterns.push(taken.clone());
                if so_many == offer.people {
                    open.push(taken.clone());
                }
            }
        }
        if open.len() > MOST_OPEN {
            open = merged(open);
        }
    }
    patterns.sort_by_key(|pattern| (pattern.people, -pattern.profit));
    patterns
}

/// One of each number of people: the best profit, and what all remember.
fn merged(mut patterns: Vec<Pattern>) -> Vec<Pattern> {
    patterns.sort_by_key(|pattern| (pattern.people, -pattern.profit));
    let common = |one: Memory, other: &Memory| std::array::from_fn(|word| one[word] & other[word]);
    let of_people = patterns.chunk_by(|one, other| one.people == other.people);
    let merged = of_people.map(|alike| Pattern {
        bits: alike.iter().fold(alike[0].bits, |bits, other| common(bits, &other.bits)),
        remembered: alike.iter().fold(alike[0].remembered, |bits, other| common(bits, &other.remembered)),
        ..alike[0].clone()
    });
    merged.collect()
}

/// Who exactly so many people are.
pub(super) fn visits(offers: &[Offer], memory: &Memory, node: u32, mut people: i32, passed_over: u8) -> Vec<Visit> {
    let mut visits = Vec::new();
    for offer in offers.iter().filter(|offer| !contains(memory, offer.kept.bit)) {
        let is_passed_over = offer.kept.choice.is_some_and(|place| passed_over >> place & 1 == 1);
        if people > 0 && !is_passed_over {
            let taken = people.min(offer.people);
            people -= taken;
            visits.push(Visit { node, group: offer.group, people: taken });
        }
    }
    visits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timetable::hub_runs::labels::WORDS;

    const NOTHING: Memory = [0; WORDS];

    /// So many people of this profit each, the group's number being its bit.
    fn waiting(group: u32, people: i32, profit: i64, choice: Option<u8>) -> Offer {
        let bit = Some(group as usize);
        Offer { profit, people, group, kept: Kept { bit, remembered: bit, choice } }
    }

    /// People, profit and who is passed over of everything that may be taken; what is remembered and who get in must agree with it.
    fn check(offers: &[Offer], memory: Memory, room: i32, expected: &[(i32, i64, u8)]) {
        let mut found = Vec::new();
        takings(offers, &memory, (room, true), &mut Vec::new(), |taken| {
            let visits = visits(offers, &memory, 7, taken.people, taken.passed_over);
            let mut bits = NOTHING;
            let (mut people, mut profit) = (0, 0);
            for visit in &visits {
                let offer = offers.iter().find(|offer| offer.group == visit.group).expect("it waits there");
                insert(&mut bits, offer.kept.remembered);
                people += visit.people;
                profit += offer.profit * i64::from(visit.people);
            }
            assert_eq!((people, profit, bits), (taken.people, taken.profit, taken.bits), "{visits:?}");
            found.push((taken.people, taken.profit, taken.passed_over));
        });
        assert_eq!(found, expected, "{offers:?}, room for {room}");
    }

    #[test]
    fn who_waits_nowhere_else_gets_in_in_order_of_profit() {
        let village = [waiting(0, 2, 5, None), waiting(1, 1, 3, None)];
        check(&village, NOTHING, 9, &[(1, 5, 0), (2, 10, 0), (3, 13, 0)]);
        check(&village, NOTHING, 2, &[(1, 5, 0), (2, 10, 0)]);
        check(&village, NOTHING, 0, &[]);
    }

    #[test]
    fn who_may_wait_elsewhere_can_be_passed_over() {
        let hamlets = [waiting(0, 1, 5, Some(0)), waiting(1, 1, 3, None)];
        check(&hamlets, NOTHING, 9, &[(1, 5, 0), (1, 3, 1), (2, 8, 0)]);
    }

    #[test]
    fn nobody_is_taken_twice() {
        let village = [waiting(0, 2, 5, None), waiting(1, 1, 3, None)];
        let mut taken_before = NOTHING;
        insert(&mut taken_before, Some(0));
        check(&village, taken_before, 9, &[(1, 3, 0)]);
    }

    #[test]
    fn a_call_that_does_not_pay_takes_one() {
        check(&[waiting(0, 3, -2, None)], NOTHING, 9, &[(1, -2, 0)]);
        check(&[waiting(0, 1, 4, None), waiting(1, 3, -2, None)], NOTHING, 9, &[(1, 4, 0)]);
    }
}
