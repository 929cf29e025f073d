//! Work shared among threads. Which thread does which piece, and when, has no influence on any result: pieces know nothing of each
//! other.

use std::sync::Mutex;

/// Does every piece of work once.
pub(super) fn for_each<T: Send>(threads: usize, work: &mut [T], does: impl Fn(&mut T) + Sync) {
    let threads = threads.min(work.len());
    if threads <= 1 {
        work.iter_mut().for_each(does);
        return;
    }
    let queue = Mutex::new(work.iter_mut());
    let take = || queue.lock().expect("nobody panics while taking a piece").next();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(piece) = take() {
                    does(piece);
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_done_once_by_any_number_of_threads() {
        for threads in [0, 1, 2, 5] {
            let mut work: Vec<u32> = (0..100).collect();
            for_each(threads, &mut work, |piece| *piece += 1);
            assert_eq!(work, (1..=100).collect::<Vec<_>>(), "{threads} threads");
        }
    }
}
