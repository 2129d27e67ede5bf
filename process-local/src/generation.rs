//! How a process is distinguished from those that it was forked from.
//!
//! Not by its id: ids are reused, and the first process of every pid namespace (of a container, or of a sandbox in it) has
//! the id 1.

#[cfg(any(not(unix), miri))]
pub use no_forks::generation;
#[cfg(all(unix, not(miri)))]
pub use unix::generation;

/// Systems without fork. Nor does Miri have one.
#[cfg(any(not(unix), miri))]
mod no_forks {
    /// A number that identifies this process among those that share its memory's past: always the same, where there is no
    /// fork.
    pub fn generation() -> u64 {
        1
    }
}

/// A mark in memory is zero in a new child, and is set to the next number when the child first looks at it.
///
/// Two things make it zero. `pthread_atfork` calls a handler in every child of `fork`. On Linux the mark is also in a page
/// that the kernel wipes in children (`MADV_WIPEONFORK`), which covers `_Fork` and a bare `clone`: they call no handlers.
#[cfg(all(unix, not(miri)))]
mod unix {
    use std::sync::atomic::{AtomicU64, Ordering};

    use once_cell::race::OnceRef;

    /// The mark, once there is one. Not a `OnceLock`, which a fork could leave locked.
    static MARK: OnceRef<'static, AtomicU64> = OnceRef::new();
    /// The mark if there is no page that is wiped.
    static UNWIPED: AtomicU64 = AtomicU64::new(0);
    /// The latest number of this process and of those that it was forked from.
    static LATEST: AtomicU64 = AtomicU64::new(0);

    /// A number that identifies this process among those that share its memory's past: it is greater than that of every
    /// process that this one was forked from, at any distance. It never changes during a process's life, and takes no
    /// system call and no lock. (Siblings may have the same number: neither has the other's memory.)
    ///
    /// # Panics
    /// On the first call, if the system has no memory for it.
    #[inline]
    pub fn generation() -> u64 {
        let mark = MARK.get().unwrap_or_else(make_mark);
        match mark.load(Ordering::Relaxed) {
            0 => number(mark),
            number => number,
        }
    }

    #[cold]
    fn number(mark: &AtomicU64) -> u64 {
        // A fork in the middle: what it copies of LATEST is not less than any number that a value may already have.
        let next = LATEST.fetch_add(1, Ordering::Relaxed) + 1;
        match mark.compare_exchange(0, next, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => next,
            Err(others) => others,
        }
    }

    #[cold]
    fn make_mark() -> &'static AtomicU64 {
        // First, since the mark must not be used before. A thread that does the same meanwhile registers it twice, which
        // does no harm; nor does the page that one of them leaves behind.
        register();
        MARK.get_or_init(|| wiped_page().unwrap_or(&UNWIPED))
    }

    fn register() {
        // SAFETY: the handler only stores to an atomic, which is allowed in a child of a process with threads. It stays in
        // memory: glibc forgets a library's handlers when it unloads it, and others do not unload it.
        let error = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        assert_eq!(error, 0, "no memory to register a handler of forks");
    }

    pub(super) extern "C" fn in_child() {
        if let Some(mark) = MARK.get() {
            mark.store(0, Ordering::Relaxed);
        }
    }

    /// A number in a page that the kernel fills with zeros in forked children. None before Linux 4.14.
    #[cfg(target_os = "linux")]
    fn wiped_page() -> Option<&'static AtomicU64> {
        let length = size_of::<AtomicU64>();
        let (protection, flags) =
            (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: the page is new, zeroed, aligned, and never unmapped. Only atomic operations are made on it; the kernel
        // wipes a child's copy before the child runs.
        unsafe {
            let page = libc::mmap(std::ptr::null_mut(), length, protection, flags, -1, 0);
            if page == libc::MAP_FAILED {
                return None;
            }
            if libc::madvise(page, length, libc::MADV_WIPEONFORK) != 0 {
                libc::munmap(page, length);
                return None;
            }
            page.cast::<AtomicU64>().as_ref()
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn wiped_page() -> Option<&'static AtomicU64> {
        None
    }
}

#[cfg(all(test, unix, not(miri)))]
mod tests {
    use super::*;

    #[test]
    fn the_handler_alone_changes_the_generation() {
        let before = generation();
        assert_eq!(generation(), before);
        unix::in_child();
        assert!(generation() > before);
        assert_eq!(generation(), generation());
    }
}
