//! Labels of pricing, and which of them are kept at a stop with a load.
//!
//! A label that is no worse in cost, time and memory makes another superfluous. Where more are left than are to be kept apart, two become
//! one: the better in cost and time, remembering only what both remember. It can do all that either could, so that a bound stays a
//! bound; it may forget too much, so that it becomes a weaker one.

pub(super) const WORDS: usize = 4;
/// Bits of groups.
pub(super) type Memory = [u64; WORDS];
pub(super) const NO_PARENT: u32 = u32::MAX;
/// Labels of a stop and load when only some are looked at.
const FEW: usize = 6;
/// Labels of a stop and load that are kept apart at most.
const MOST: usize = 3_000;

/// The beginning of a run.
#[derive(Clone, Copy)]
pub(super) struct Label {
    pub cost: i64,
    pub node: u32,
    /// Who get in or out there.
    pub people: i32,
    /// Groups that are not among them though they wait there, see [`super::calls`].
    pub passed_over: u8,
    pub parent: u32,
    pub memory: Memory,
}

/// As much of a label as dominance needs, side by side in memory. Buckets are in order of cost.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub cost: i64,
    /// Of the last call's ride, boarding and alighting of people not counted.
    pub time: i32,
    pub label: u32,
    pub memory: Memory,
}

/// A label of which a bucket has an entry.
pub(super) trait Remembers {
    fn memory(&mut self) -> &mut Memory;
}

impl Remembers for Label {
    fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }
}

#[inline]
pub(super) fn contains(memory: &Memory, bit: Option<usize>) -> bool {
    bit.is_some_and(|bit| memory[bit / 64] >> (bit % 64) & 1 == 1)
}

#[inline]
pub(super) fn insert(memory: &mut Memory, bit: Option<usize>) {
    if let Some(bit) = bit {
        memory[bit / 64] |= 1 << (bit % 64);
    }
}

#[inline]
pub(super) fn is_subset(one: &Memory, other: &Memory) -> bool {
    one.iter().zip(other).fold(0, |outside, (one, other)| outside | (one & !other)) == 0
}

fn common(one: &Memory, other: &Memory) -> Memory {
    std::array::from_fn(|word| one[word] & other[word])
}

fn count(memory: &Memory) -> u32 {
    memory.iter().map(|word| word.count_ones()).sum()
}

/// Is one of them no worse in anything?
#[inline]
pub(super) fn has_better(bucket: &[Entry], entry: &Entry) -> bool {
    let cheaper = bucket.iter().take_while(|other| other.cost <= entry.cost);
    cheaper.into_iter().any(|other| other.time <= entry.time && is_subset(&other.memory, &entry.memory))
}

/// Keeps a label if it is the cheapest; returns what it remembers then.
pub(super) fn keep_cheapest(bucket: &mut Vec<Entry>, new: Entry) -> Option<Memory> {
    if bucket.first().is_some_and(|other| other.cost <= new.cost) {
        return None;
    }
    bucket.clear();
    bucket.push(new);
    Some(new.memory)
}

/// Keeps a label unless another is no worse; where there are [`FEW`] already the dearest goes. Returns what it remembers if it is kept.
pub(super) fn keep_few(bucket: &mut Vec<Entry>, new: Entry) -> Option<Memory> {
    let place = place_among(bucket, &new)?;
    if bucket.len() == FEW {
        if place == FEW {
            return None;
        }
        bucket.pop();
    }
    bucket.insert(place, new);
    Some(new.memory)
}

/// Keeps a label unless another is no worse, and merges where there are [`MOST`] already. Returns what it remembers if it is kept.
#[inline]
pub(super) fn keep<L: Remembers>(bucket: &mut Vec<Entry>, mut new: Entry, labels: &mut [L]) -> Option<Memory> {
    let mut place = place_among(bucket, &new)?;
    if bucket.len() >= MOST {
        let alike = |other: &Entry| count(&common(&other.memory, &new.memory));
        let better = (0..place).filter(|&index| bucket[index].time <= new.time);
        if let Some(index) = better.max_by_key(|&index| alike(&bucket[index])) {
            let other = &mut bucket[index];
            other.memory = common(&other.memory, &new.memory);
            *labels[other.label as usize].memory() = other.memory;
            return None;
        }
        let worse = (place..bucket.len()).filter(|&index| bucket[index].time >= new.time);
        if let Some(index) = worse.max_by_key(|&index| alike(&bucket[index])) {
            new.memory = common(&bucket[index].memory, &new.memory);
            bucket.remove(index);
        }
        place = place.min(bucket.len());
    }
    bucket.insert(place, new);
    Some(new.memory)
}

/// Where a label belongs in the order of cost, those removed that it makes superfluous; `None` if another makes it so.
#[inline]
fn place_among(bucket: &mut Vec<Entry>, new: &Entry) -> Option<usize> {
    let place = bucket.partition_point(|other| other.cost <= new.cost);
    if has_better(&bucket[..place], new) {
        return None;
    }
    let mut kept = place;
    for index in place..bucket.len() {
        let other = bucket[index];
        if other.time < new.time || !is_subset(&new.memory, &other.memory) {
            bucket[kept] = other;
            kept += 1;
        }
    }
    bucket.truncate(kept);
    Some(place)
}
