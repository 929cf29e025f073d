//! Streams that follow the durable state: a snapshot first, then what changed since the last message.
//!
//! Nothing is queued per change. The stream remembers what it sent last and compares it with the newest state when
//! the reader is ready for more; a slow reader so gets several changes in one and never misses the newest state.

use std::pin::Pin;
use std::sync::Arc;

use sanban_engine::dispatch::Area;
use tokio::sync::{mpsc, watch};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// What a streaming call returns.
pub type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Calls `next` with every newer state that the reader is ready for; what it returns is sent in order.
pub fn follow<T: Send + 'static>(
    mut states: watch::Receiver<Arc<Area>>,
    mut stopping: watch::Receiver<bool>,
    mut next: impl FnMut(&Arc<Area>) -> Vec<T> + Send + 'static,
) -> Answers<T> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        loop {
            let state = Arc::clone(&states.borrow_and_update());
            for message in next(&state) {
                if sender.send(Ok(message)).await.is_err() {
                    return;
                }
            }
            drop(state);
            tokio::select! {
                changed = states.changed() => if changed.is_err() { return },
                _ = stopping.wait_for(|&stopping| stopping) => return,
                () = sender.closed() => return,
            }
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}
