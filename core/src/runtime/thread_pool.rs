//! Threads for work that blocks, started when it is there.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::Builder;
use std::time::Duration;

use crate::spawn::spawn;

/// A thread that was idle for this long ends.
const IDLE: Duration = Duration::from_secs(5);
/// In bytes. Connecting needs little stack, and a thousand threads should need little memory.
const STACK: usize = 256 * 1024;

/// Work for one thread.
pub(crate) trait Job: Send + 'static {
    fn run(self);
}

pub(crate) struct ThreadPool<J: Job> {
    queue: Arc<Queue<J>>,
    max_threads: usize,
}

struct Queue<J> {
    state: Mutex<State<J>>,
    wake: Condvar,
}

struct State<J> {
    jobs: VecDeque<J>,
    threads: usize,
    idle: usize,
    /// Idle threads end immediately.
    retired: bool,
}

impl<J> Queue<J> {
    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl<J: Job> ThreadPool<J> {
    pub(crate) fn new(max_threads: usize) -> Self {
        let state = State { jobs: VecDeque::new(), threads: 0, idle: 0, retired: false };
        ThreadPool { queue: Arc::new(Queue { state: Mutex::new(state), wake: Condvar::new() }), max_threads }
    }

    /// Queues a job. First in, first out.
    ///
    /// # Errors
    /// The job, if there is no thread and the system cannot start one.
    pub(crate) fn submit(&self, job: J) -> Result<(), J> {
        let mut state = self.queue.state();
        // Idle threads that earlier jobs will take do not count.
        let spare = state.idle > state.jobs.len();
        if !spare && state.threads < self.max_threads {
            let queue = self.queue.clone();
            let builder = Builder::new().name("roomcast-worker".into()).stack_size(STACK);
            let spawned = spawn(builder, move || run_jobs(&queue, IDLE));
            match spawned {
                Ok(_) => state.threads += 1,
                // The other threads will take it.
                Err(_) if state.threads > 0 => {}
                Err(_) => return Err(job),
            }
        }
        state.jobs.push_back(job);
        drop(state);
        self.queue.wake.notify_one();
        Ok(())
    }

    /// No more jobs are expected: the threads end once the queue is empty.
    pub(crate) fn retire(&self) {
        self.queue.state().retired = true;
        self.queue.wake.notify_all();
    }
}

impl<J: Job> Drop for ThreadPool<J> {
    fn drop(&mut self) {
        self.retire();
    }
}

fn run_jobs<J: Job>(queue: &Queue<J>, idle_timeout: Duration) {
    let mut state = queue.state();
    loop {
        if let Some(job) = state.jobs.pop_front() {
            drop(state);
            // A job reports its panics itself.
            let _ = catch_unwind(AssertUnwindSafe(|| job.run()));
            state = queue.state();
            continue;
        }
        state.idle += 1;
        let nothing = |state: &mut State<J>| state.jobs.is_empty() && !state.retired;
        let waited = queue.wake.wait_timeout_while(state, idle_timeout, nothing);
        let (woken, timeout) = waited.unwrap_or_else(|e| e.into_inner());
        state = woken;
        state.idle -= 1;
        if (timeout.timed_out() || state.retired) && state.jobs.is_empty() {
            state.threads -= 1;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::thread;

    type Closure = Box<dyn FnOnce() + Send>;

    impl Job for Closure {
        fn run(self) {
            self();
        }
    }

    fn submit(threads: &ThreadPool<Closure>, job: impl FnOnce() + Send + 'static) {
        assert!(threads.submit(Box::new(job)).is_ok());
    }

    /// Never while the test runs.
    const NEVER: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn retired_threads_empty_the_queue_and_end() {
        let threads = ThreadPool::new(1);
        let queue = threads.queue.clone();
        queue.state().threads = 1;
        let (done, finished) = mpsc::channel();
        let thread = thread::spawn({
            let queue = queue.clone();
            move || run_jobs(&queue, NEVER)
        });
        for _ in 0..3 {
            let done = done.clone();
            let job: Closure = Box::new(move || done.send(()).unwrap());
            queue.state().jobs.push_back(job);
        }
        drop(threads);
        thread.join().unwrap();
        assert_eq!(finished.try_iter().count(), 3);
    }

    #[test]
    fn all_jobs_run_and_never_more_at_once_than_allowed() {
        let threads = ThreadPool::new(3);
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
            submit(&threads, job);
        }
        for _ in 0..50 {
            finished.recv_timeout(Duration::from_secs(30)).unwrap();
        }
        let most = running.lock().unwrap().1;
        assert!((1..=3).contains(&most), "{most} at once");
    }

    #[test]
    fn a_panic_in_a_job_does_not_stop_the_next() {
        let threads = ThreadPool::new(1);
        let (done, finished) = mpsc::channel();
        submit(&threads, || panic!("on purpose"));
        submit(&threads, move || done.send(()).unwrap());
        finished.recv_timeout(Duration::from_secs(30)).unwrap();
    }
}
