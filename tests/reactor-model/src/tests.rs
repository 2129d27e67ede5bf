use std::process::Command;

use loom::thread;

use crate::reactor::{self, IDLE, Shared, submit};

/// Explores every interleaving with at most three preemptions; more are many, and rarely find more.
fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

#[test]
fn a_submitted_operation_always_completes() {
    explore(|| {
        let shared = Shared::busy();
        let other = shared.clone();
        let caller = thread::spawn(move || {
            submit(&other, 1);
            other.wait_for(1);
        });
        submit(&shared, 2);
        shared.wait_for(2);
        caller.join().unwrap();
        shared.retire();
    });
}

#[test]
fn a_thread_that_ends_leaves_no_operation_behind() {
    explore(|| {
        let shared = Shared::idle();
        submit(&shared, 1);
        shared.wait_for(1);
        // The thread sleeps, ends, or has ended.
        submit(&shared, 2);
        shared.wait_for(2);
        shared.retire();
    });
}

#[test]
fn what_a_caller_completes_on_the_scheduler_is_called_back() {
    explore(|| {
        let shared = Shared::busy();
        submit(&shared, 1);
        if shared.use_scheduler(|scheduler| scheduler.complete(2)) {
            shared.wait_for(2);
        }
        shared.wait_for(1);
        shared.retire();
    });
}

#[test]
fn the_thread_does_not_sleep_past_a_deadline_that_a_caller_sets() {
    for due in [1, IDLE - 1, IDLE, IDLE + 1] {
        explore(move || {
            let shared = Shared::idle();
            submit(&shared, 1);
            if shared.use_scheduler(|scheduler| scheduler.complete_at(due, 2)) {
                shared.wait_for(2);
            }
            shared.wait_for(1);
            shared.retire();
        });
    }
}

#[test]
fn two_callers_of_the_scheduler_do_not_lose_each_others_wake_up() {
    explore(|| {
        let shared = Shared::busy();
        submit(&shared, 1);
        let other = shared.clone();
        let caller = thread::spawn(move || {
            if other.use_scheduler(|scheduler| scheduler.complete(2)) {
                other.wait_for(2);
            }
        });
        if shared.use_scheduler(|scheduler| scheduler.complete_at(5, 3)) {
            shared.wait_for(3);
        }
        shared.wait_for(1);
        caller.join().unwrap();
        shared.retire();
    });
}

#[test]
fn a_cancel_while_the_reactor_retires_is_harmless() {
    explore(|| {
        let shared = Shared::busy();
        submit(&shared, 1);
        let other = shared.clone();
        let caller = thread::spawn(move || other.mailbox.post(reactor::Command::Wake));
        shared.retire();
        caller.join().unwrap();
        shared.wait_for(1);
    });
}

/// A caller that uses the scheduler without the protocol. The model has to find the deadlock; else it would prove nothing.
#[test]
#[ignore = "fails, on purpose: see the_model_finds_a_lost_wake_up"]
fn lost_wake_up() {
    explore(|| {
        let shared = Shared::busy();
        submit(&shared, 1);
        shared.wait_for(1);
        if shared.use_scheduler_without_wake_up(|scheduler| scheduler.complete(2)) {
            shared.wait_for(2);
        }
        shared.retire();
    });
}

/// In a process of its own, since loom aborts it.
#[test]
fn the_model_finds_a_lost_wake_up() {
    let tests = std::env::current_exe().unwrap();
    let run = Command::new(tests)
        .args(["--exact", "--ignored", "tests::lost_wake_up", "--nocapture"])
        .output()
        .unwrap();
    assert!(!run.status.success());
    let printed = String::from_utf8_lossy(&run.stderr);
    assert!(printed.contains("deadlock; threads = "), "{printed}");
}
