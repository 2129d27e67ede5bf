//! The functions that get the room events.

use crate::model::RoomEvent;

/// Called while the rooms are locked, in the order of the events, so it must not block.
pub type Listener = Box<dyn Fn(&RoomEvent) + Send>;

#[derive(Default)]
pub struct Listeners(Vec<Listener>);

impl Listeners {
    /// Every listener gets every event; the listeners are called in the order in which they were added.
    pub fn add(&mut self, listener: Listener) {
        self.0.push(listener);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn notify(&self, event: &RoomEvent) {
        for listener in &self.0 {
            listener(event);
        }
    }
}
