//! Sends without blocking the caller: worker threads, as many as sends may be in flight, made when needed.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Outcome};

/// A worker that has had nothing to do for this long ends.
const IDLE: Duration = Duration::from_secs(5);
/// A send needs little stack; a thousand workers should need little memory.
const STACK: usize = 256 * 1024;

pub(crate) type Job = Box<dyn FnOnce() + Send>;

pub(crate) struct Dispatcher {
    queue: Arc<Queue>,
    max_workers: usize,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    workers: usize,
    idle: usize,
    /// Workers that have nothing to do end at once.
    retired: bool,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Dispatcher {
    pub(crate) fn new(max_workers: usize) -> Self {
        Dispatcher { queue: Arc::default(), max_workers }
    }

    /// Puts a job in line. First come, first served.
    ///
    /// # Errors
    /// If there is no worker and the system gives no thread for one.
    pub(crate) fn submit(&self, job: Job) -> Result<(), Error> {
        let mut state = self.queue.state();
        // Idle workers that are already promised to earlier jobs do not count.
        let spare = state.idle > state.jobs.len();
        if !spare && state.workers < self.max_workers {
            let queue = self.queue.clone();
            let spawned = thread::Builder::new()
                .name("roomcast-worker".into())
                .stack_size(STACK)
                .spawn(move || work(&queue, IDLE));
            match spawned {
                Ok(_) => state.workers += 1,
                // The others will get to it.
                Err(_) if state.workers > 0 => {}
                Err(_) => {
                    let what = "the system gives no thread to send with";
                    return Err(Error::new(ErrorKind::Connection, Outcome::NotSent, what));
                }
            }
        }
        state.jobs.push_back(job);
        drop(state);
        self.queue.wake.notify_one();
        Ok(())
    }

    /// No more jobs are expected: the workers end once those in line are done, without waiting for others.
    pub(crate) fn retire(&self) {
        self.queue.state().retired = true;
        self.queue.wake.notify_all();
    }
}

impl Drop for Dispatcher {
    fn drop(&mut self) {
        self.retire();
    }
}

fn work(queue: &Queue, patience: Duration) {
    let mut state = queue.state();
    loop {
        if let Some(job) = state.jobs.pop_front() {
            drop(state);
            // A job tells its own panics; what is caught here is a panic of whoever was told.
            let _ = catch_unwind(AssertUnwindSafe(job));
            state = queue.state();
            continue;
        }
        state.idle += 1;
        let nothing = |state: &mut State| state.jobs.is_empty() && !state.retired;
        let waited = queue.wake.wait_timeout_while(state, patience, nothing);
        let (woken, timeout) = waited.unwrap_or_else(|e| e.into_inner());
        state = woken;
        state.idle -= 1;
        if (timeout.timed_out() || state.retired) && state.jobs.is_empty() {
            state.workers -= 1;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// Ends only once it is retired.
    const FOR_EVER: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn retired_workers_do_what_is_in_line_and_end() {
        let dispatcher = Dispatcher::new(1);
        let queue = dispatcher.queue.clone();
        queue.state().workers = 1;
        let (done, finished) = mpsc::channel();
        let worker = thread::spawn({
            let queue = queue.clone();
            move || work(&queue, FOR_EVER)
        });
        for _ in 0..3 {
            let done = done.clone();
            queue.state().jobs.push_back(Box::new(move || done.send(()).unwrap()));
        }
        drop(dispatcher);
        worker.join().unwrap();
        assert_eq!(finished.try_iter().count(), 3);
    }

    #[test]
    fn all_jobs_run_and_never_more_at_once_than_allowed() {
        let dispatcher = Dispatcher::new(3);
        let running = Arc::new(Mutex::new((0, 0)));
        let (done, finished) = mpsc::channel();
        for _ in 0..50 {
            let (running, done) = (running.clone(), done.clone());
            let job = move || {
                {
                    let mut counts = running.lock().unwrap();
                    counts.0 += 1;
                    counts.1 = counts.1.max(counts.0);
                }
                thread::sleep(Duration::from_millis(1));
                running.lock().unwrap().0 -= 1;
                done.send(()).unwrap();
            };
            dispatcher.submit(Box::new(job)).unwrap();
        }
        for _ in 0..50 {
            finished.recv_timeout(Duration::from_secs(30)).unwrap();
        }
        let most = running.lock().unwrap().1;
        assert!((1..=3).contains(&most), "{most} at once");
    }

    #[test]
    fn a_panic_in_a_job_does_not_stop_the_next() {
        let dispatcher = Dispatcher::new(1);
        let (done, finished) = mpsc::channel();
        dispatcher.submit(Box::new(|| panic!("on purpose"))).unwrap();
        dispatcher.submit(Box::new(move || done.send(()).unwrap())).unwrap();
        finished.recv_timeout(Duration::from_secs(30)).unwrap();
    }
}
