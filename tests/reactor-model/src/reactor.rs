//! A reactor without sockets.

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread::{self, JoinHandle};

use crate::mailbox::{Mailbox, Wake};

/// Model time. It passes only while the thread sleeps with a limit.
pub type Time = u32;

/// How long an idle thread sleeps at most.
pub const IDLE: Time = 10;

pub enum Command {
    /// Complete the operation with this number.
    Start(usize),
    /// Check what is due.
    Wake,
}

/// What `mio::Waker` is to the reactor.
#[derive(Clone, Default)]
pub struct Waker(Arc<WakerState>);

#[derive(Default)]
struct WakerState {
    wakes: Mutex<Wakes>,
    changed: Condvar,
}

#[derive(Default)]
struct Wakes {
    /// Since the thread last woke.
    pending: bool,
    /// Of all time.
    wakes: usize,
    sleeps: usize,
}

impl Wake for Waker {
    fn wake(&self) {
        let mut wakes = self.0.wakes.lock().unwrap();
        wakes.pending = true;
        wakes.wakes += 1;
        assert!(wakes.wakes <= wakes.sleeps, "a sleep ends with at most one wake-up");
        self.0.changed.notify_one();
    }
}

/// What the reactor's thread and its callers share under the scheduler's lock.
#[derive(Default)]
pub struct Scheduler {
    now: Time,
    /// Operations that completed, and whose callbacks are to be called.
    completed: Vec<usize>,
    /// Operations with the time at which they are due.
    due: Vec<(Time, usize)>,
}

impl Scheduler {
    fn due(&self) -> Option<Time> {
        match self.completed.is_empty() {
            true => self.due.iter().map(|(due, _)| *due).min(),
            false => Some(self.now),
        }
    }
}

pub struct Shared {
    pub mailbox: Mailbox<Command, Waker, Time>,
    pub scheduler: Mutex<Option<Scheduler>>,
    /// How long the thread sleeps if nothing is due; without limit, if none.
    idle: Option<Time>,
    /// Operations whose callbacks were called, and a signal for their callers.
    called_back: Mutex<Vec<usize>>,
    changed: Condvar,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// Submits an operation through the mailbox.
pub fn submit(shared: &Arc<Shared>, operation: usize) {
    let start = || {
        let waker = Waker::default();
        let (own, own_waker) = (shared.clone(), waker.clone());
        shared.threads.lock().unwrap().push(thread::spawn(move || run(&own, &own_waker)));
        Ok::<_, ()>(waker)
    };
    assert!(shared.mailbox.post_or_start(Command::Start(operation), start).is_ok());
}

impl Shared {
    /// A reactor that has operations in flight: it sleeps until it is woken, and a lost wake-up is a deadlock.
    pub fn busy() -> Arc<Self> {
        Shared::new(None)
    }

    /// A reactor whose thread ends after it was idle.
    pub fn idle() -> Arc<Self> {
        Shared::new(Some(IDLE))
    }

    fn new(idle: Option<Time>) -> Arc<Self> {
        Arc::new(Shared {
            mailbox: Mailbox::default(),
            scheduler: Mutex::default(),
            idle,
            called_back: Mutex::default(),
            changed: Condvar::new(),
            threads: Mutex::default(),
        })
    }

    /// Uses the scheduler on the caller's thread, as `start_on_this_thread` does. False if it is in use, or if there is no
    /// thread.
    pub fn use_scheduler(&self, with: impl FnOnce(&mut Scheduler)) -> bool {
        self.with_scheduler(|scheduler| {
            with(scheduler);
            if let Some(due) = scheduler.due() {
                self.mailbox.wake_before(due);
            }
        })
    }

    /// The same, but with a fault: nobody wakes the thread.
    pub fn use_scheduler_without_wake_up(&self, with: impl FnOnce(&mut Scheduler)) -> bool {
        self.with_scheduler(with)
    }

    fn with_scheduler(&self, with: impl FnOnce(&mut Scheduler)) -> bool {
        let Ok(mut guard) = self.scheduler.try_lock() else { return false };
        guard.as_mut().map(with).is_some()
    }

    /// Blocks until an operation's callback was called.
    pub fn wait_for(&self, operation: usize) {
        let mut called_back = self.called_back.lock().unwrap();
        while !called_back.contains(&operation) {
            called_back = self.changed.wait(called_back).unwrap();
        }
    }

    /// Ends the thread, and waits for it.
    pub fn retire(&self) {
        self.mailbox.retire(Command::Wake);
        loop {
            let Some(thread) = self.threads.lock().unwrap().pop() else { return };
            thread.join().unwrap();
        }
    }
}

impl Scheduler {
    pub fn complete(&mut self, operation: usize) {
        self.completed.push(operation);
    }

    /// The operation is to be completed at `due`, not later.
    pub fn complete_at(&mut self, due: Time, operation: usize) {
        self.due.push((self.now + due, operation));
    }
}

fn run(shared: &Shared, waker: &Waker) {
    *shared.scheduler.lock().unwrap() = Some(Scheduler::default());
    while turn(shared, waker) {}
}

fn turn(shared: &Shared, waker: &Waker) -> bool {
    let slept_idle = sleep(shared, waker);
    let mut guard = shared.scheduler.lock().unwrap();
    let scheduler = guard.as_mut().unwrap();
    let mut commands = Vec::new();
    shared.mailbox.take(&mut commands);
    let nothing_new = commands.is_empty();
    for command in commands {
        if let Command::Start(operation) = command {
            scheduler.complete(operation);
        }
    }
    let now = scheduler.now;
    let (due, later) = std::mem::take(&mut scheduler.due).into_iter().partition(|(due, _)| *due <= now);
    scheduler.due = later;
    for (due, operation) in due {
        assert_eq!(due, now, "the thread slept past the time when an operation was due");
        scheduler.complete(operation);
    }
    let completed = std::mem::take(&mut scheduler.completed);
    let is_idle = scheduler.due.is_empty();
    let can_end = is_idle && (shared.mailbox.is_retired() || slept_idle && nothing_new);
    let ends = can_end && shared.mailbox.stop();
    if ends {
        *guard = None;
    }
    drop(guard);
    if !completed.is_empty() {
        shared.called_back.lock().unwrap().extend(completed);
        shared.changed.notify_all();
    }
    !ends
}

/// True if the thread slept as long as an idle one does, and nothing happened.
fn sleep(shared: &Shared, waker: &Waker) -> bool {
    let (idle, until) = {
        let guard = shared.scheduler.lock().unwrap();
        let scheduler = guard.as_ref().unwrap();
        let due = scheduler.due();
        let until = due.or(shared.idle.map(|idle| scheduler.now + idle));
        if due.is_some_and(|due| due <= scheduler.now) {
            return false;
        }
        waker.0.wakes.lock().unwrap().sleeps += 1;
        if !shared.mailbox.fall_asleep(until) {
            waker.0.wakes.lock().unwrap().sleeps -= 1;
            return false;
        }
        (due.is_none(), until)
    };
    let Some(until) = until else {
        let mut wakes = waker.0.wakes.lock().unwrap();
        while !std::mem::take(&mut wakes.pending) {
            wakes = waker.0.changed.wait(wakes).unwrap();
        }
        return false;
    };
    // Either somebody wakes the thread, or the time comes; but not while a caller uses the scheduler, which takes no time.
    thread::yield_now();
    let mut guard = shared.scheduler.lock().unwrap();
    if std::mem::take(&mut waker.0.wakes.lock().unwrap().pending) {
        return false;
    }
    guard.as_mut().unwrap().now = until;
    idle
}
