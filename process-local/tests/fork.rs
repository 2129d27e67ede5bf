//! What processes see after real forks.

#![cfg(unix)]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;

use roomcast_process_local::{ProcessLocal, generation};

/// Seconds. No child takes longer than this, except one that hangs.
const HANG: u32 = 30;

/// Forks in the given way, and runs `check` in the child.
fn in_child_of(fork: impl FnOnce() -> i32, check: impl FnOnce()) {
    match fork() {
        -1 => panic!("the system does not fork"),
        0 => {
            // SAFETY: SIGALRM ends the child, as nothing handles it.
            unsafe { libc::alarm(HANG) };
            let result = catch_unwind(AssertUnwindSafe(check));
            // SAFETY: the child must not continue as a test.
            unsafe { libc::_exit(i32::from(result.is_err())) };
        }
        child => {
            let mut status = 0;
            // SAFETY: `status` is valid for the call.
            assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
            let hung = libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGALRM;
            assert!(!hung, "the child hung");
            assert_eq!(status, 0, "the child failed");
        }
    }
}

fn in_child(check: impl FnOnce()) {
    // SAFETY: the child allocates and takes its own locks only, which glibc and musl allow.
    in_child_of(|| unsafe { libc::fork() }, check);
}

#[test]
fn every_fork_changes_the_generation_in_the_child_only() {
    let parents = generation();
    for _ in 0..3 {
        in_child(|| {
            let childs = generation();
            assert!(childs > parents);
            in_child(|| {
                let grandchilds = generation();
                assert!(grandchilds > childs);
                // Nobody looked in the process between.
                in_child(|| in_child(|| assert!(generation() > grandchilds)));
            });
            assert_eq!(generation(), childs);
        });
        assert_eq!(generation(), parents);
    }
}

/// A child that calls no handlers of `pthread_atfork`, as one of `_Fork`.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[test]
fn so_does_a_bare_clone() {
    let parents = generation();
    // SAFETY: without CLONE_VM it is a fork. The child takes no lock of the C library.
    let clone = || unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) as i32 };
    in_child_of(clone, || assert!(generation() > parents));
    assert_eq!(generation(), parents);
}

#[test]
fn each_process_has_one_value() {
    let made = AtomicUsize::new(0);
    let make = || made.fetch_add(1, Ordering::Relaxed);
    let local = ProcessLocal::new();
    assert_eq!((**local.get_or_init(make), **local.get_or_init(make)), (0, 0));
    in_child(|| {
        assert_eq!((**local.get_or_init(make), **local.get_or_init(make)), (1, 1));
        in_child(|| assert_eq!((**local.get_or_init(make), **local.get_or_init(make)), (2, 2)));
        assert_eq!(**local.get_or_init(make), 1);
    });
    assert_eq!(**local.get_or_init(make), 0);
}

#[test]
fn threads_that_come_first_at_the_same_time_get_the_same_value() {
    for _ in 0..200 {
        let made = AtomicUsize::new(0);
        let local = ProcessLocal::new();
        let values: Vec<usize> = thread::scope(|scope| {
            let get = || **local.get_or_init(|| made.fetch_add(1, Ordering::Relaxed));
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(get)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
    }
}

#[test]
fn a_fork_while_a_thread_makes_its_value_hangs_no_child() {
    let local = ProcessLocal::new();
    let (making, is_making) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    thread::scope(|scope| {
        scope.spawn(|| {
            let value = local.get_or_init(|| {
                making.send(()).unwrap();
                may_go_on.lock().unwrap().recv().unwrap();
                "the parent's"
            });
            assert_eq!(**value, "the parent's");
        });
        is_making.recv().unwrap();
        let checked = catch_unwind(AssertUnwindSafe(|| {
            in_child(|| {
                assert_eq!(**local.get_or_init(|| "the child's"), "the child's");
                in_child(|| assert_eq!(**local.get_or_init(|| "the grandchild's"), "the grandchild's"));
            });
        }));
        go_on.send(()).unwrap();
        checked.unwrap_or_else(|failed| resume_unwind(failed));
    });
    assert_eq!(**local.get_or_init(|| "another"), "the parent's");
}

#[test]
fn a_child_drops_its_own_value_only() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let (parents, childs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let local = ProcessLocal::new();
    local.get_or_init(|| Counted(parents.clone()));
    let mut local = Some(local);
    in_child(|| {
        local.as_ref().unwrap().get_or_init(|| Counted(childs.clone()));
        drop(local.take());
        assert_eq!((parents.load(Ordering::Relaxed), childs.load(Ordering::Relaxed)), (0, 1));
    });
    drop(local);
    assert_eq!(parents.load(Ordering::Relaxed), 1);
}
