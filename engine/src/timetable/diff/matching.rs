//! Which things of two timetables are the same, which one moved, and which come or go.

use std::collections::BTreeMap;

use super::{Pair, RETIMED_WITHIN};
use crate::time::ServiceTime;

/// The same things on both sides, and what is left: (same, only before, only after, each other's nearest).
#[derive(Default)]
pub(super) struct Matched<Id> {
    pub same: Vec<Pair<Id>>,
    pub removed: Vec<Id>,
    pub added: Vec<Id>,
    pub moved: Vec<Pair<Id>>,
}

/// Matches things of one kind by time: equal times first, in order, then those that are each other's nearest.
pub(super) fn matched<Id: Copy + Ord>(before: &[(ServiceTime, Id)], after: &[(ServiceTime, Id)]) -> Matched<Id> {
    let (mut removed, mut added) = (before.to_vec(), after.to_vec());
    removed.sort_unstable();
    added.sort_unstable();
    let mut same = Vec::new();
    removed.retain(|&(time, before)| {
        let twin = added.iter().position(|&(other, _)| other == time);
        twin.inspect(|&twin| same.push(Pair { before, after: added.remove(twin).1 })).is_none()
    });
    let distance = |one: ServiceTime, other: ServiceTime| (one - other).max(other - one);
    let nearest = |to: ServiceTime, among: &[(ServiceTime, Id)]| {
        (0..among.len()).min_by_key(|&index| (distance(among[index].0, to), index))
    };
    let mut moved = Vec::new();
    for (index, &(time, id)) in removed.iter().enumerate() {
        let Some(other) = nearest(time, &added) else { continue };
        let (other_time, other_id) = added[other];
        if nearest(other_time, &removed) == Some(index) && distance(time, other_time) <= RETIMED_WITHIN {
            moved.push(Pair { before: id, after: other_id });
        }
    }
    removed.retain(|(_, id)| moved.iter().all(|pair| pair.before != *id));
    added.retain(|(_, id)| moved.iter().all(|pair| pair.after != *id));
    let ids = |rest: Vec<(ServiceTime, Id)>| rest.into_iter().map(|(_, id)| id).collect();
    Matched { same, removed: ids(removed), added: ids(added), moved }
}

/// Things on both sides by what makes them comparable.
pub(super) type BySide<Key, Id> = BTreeMap<Key, [Vec<(ServiceTime, Id)>; 2]>;
