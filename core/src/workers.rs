//! Threads for what has to wait: as many as may be needed at once, made when they are.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// A worker that has had nothing to do for this long ends.
const IDLE: Duration = Duration::from_secs(5);
/// Connecting needs little stack; a thousand workers should need little memory.
const STACK: usize = 256 * 1024;

/// What a worker does.
pub(crate) trait Task: Send + 'static {
    fn run(self);
}

pub(crate) struct Workers<T: Task> {
    queue: Arc<Queue<T>>,
    most: usize,
}

struct Queue<T> {
    state: Mutex<State<T>>,
    wake: Condvar,
}

struct State<T> {
    tasks: VecDeque<T>,
    workers: usize,
    idle: usize,
    /// Workers that have nothing to do end at once.
    retired: bool,
}

impl<T> Queue<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl<T: Task> Workers<T> {
    pub(crate) fn new(most: usize) -> Self {
        let state = State { tasks: VecDeque::new(), workers: 0, idle: 0, retired: false };
        Workers { queue: Arc::new(Queue { state: Mutex::new(state), wake: Condvar::new() }), most }
    }

    /// Puts a task in line. First come, first served.
    ///
    /// # Errors
    /// The task, if there is no worker and the system gives no thread for one.
    pub(crate) fn submit(&self, task: T) -> Result<(), T> {
        let mut state = self.queue.state();
        // Idle workers that are already promised to earlier tasks do not count.
        let spare = state.idle > state.tasks.len();
        if !spare && state.workers < self.most {
            let queue = self.queue.clone();
            let spawned = thread::Builder::new()
                .name("roomcast-worker".into())
                .stack_size(STACK)
                .spawn(move || work(&queue, IDLE));
            match spawned {
                Ok(_) => state.workers += 1,
                // The others will get to it.
                Err(_) if state.workers > 0 => {}
                Err(_) => return Err(task),
            }
        }
        state.tasks.push_back(task);
        drop(state);
        self.queue.wake.notify_one();
        Ok(())
    }

    /// No more tasks are expected: the workers end once those in line are done, without waiting for others.
    pub(crate) fn retire(&self) {
        self.queue.state().retired = true;
        self.queue.wake.notify_all();
    }
}

impl<T: Task> Drop for Workers<T> {
    fn drop(&mut self) {
        self.retire();
    }
}

fn work<T: Task>(queue: &Queue<T>, patience: Duration) {
    let mut state = queue.state();
    loop {
        if let Some(task) = state.tasks.pop_front() {
            drop(state);
            // A task tells its own panics.
            let _ = catch_unwind(AssertUnwindSafe(|| task.run()));
            state = queue.state();
            continue;
        }
        state.idle += 1;
        let nothing = |state: &mut State<T>| state.tasks.is_empty() && !state.retired;
        let waited = queue.wake.wait_timeout_while(state, patience, nothing);
        let (woken, timeout) = waited.unwrap_or_else(|e| e.into_inner());
        state = woken;
        state.idle -= 1;
        if (timeout.timed_out() || state.retired) && state.tasks.is_empty() {
            state.workers -= 1;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    type Job = Box<dyn FnOnce() + Send>;

    impl Task for Job {
        fn run(self) {
            self();
        }
    }

    fn submit(workers: &Workers<Job>, job: impl FnOnce() + Send + 'static) {
        assert!(workers.submit(Box::new(job)).is_ok());
    }

    /// Ends only once it is retired.
    const FOR_EVER: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn retired_workers_do_what_is_in_line_and_end() {
        let workers = Workers::new(1);
        let queue = workers.queue.clone();
        queue.state().workers = 1;
        let (done, finished) = mpsc::channel();
        let worker = thread::spawn({
            let queue = queue.clone();
            move || work(&queue, FOR_EVER)
        });
        for _ in 0..3 {
            let done = done.clone();
            let task: Job = Box::new(move || done.send(()).unwrap());
            queue.state().tasks.push_back(task);
        }
        drop(workers);
        worker.join().unwrap();
        assert_eq!(finished.try_iter().count(), 3);
    }

    #[test]
    fn all_jobs_run_and_never_more_at_once_than_allowed() {
        let workers = Workers::new(3);
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
            submit(&workers, job);
        }
        for _ in 0..50 {
            finished.recv_timeout(Duration::from_secs(30)).unwrap();
        }
        let most = running.lock().unwrap().1;
        assert!((1..=3).contains(&most), "{most} at once");
    }

    #[test]
    fn a_panic_in_a_job_does_not_stop_the_next() {
        let workers = Workers::new(1);
        let (done, finished) = mpsc::channel();
        submit(&workers, || panic!("on purpose"));
        submit(&workers, move || done.send(()).unwrap());
        finished.recv_timeout(Duration::from_secs(30)).unwrap();
    }
}
