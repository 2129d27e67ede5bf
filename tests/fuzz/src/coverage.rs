//! Which code an input reached: the counters that `-C instrument-coverage` puts into the program.

#[cfg(not(coverage))]
pub(crate) struct Coverage;

#[cfg(not(coverage))]
impl Coverage {
    pub(crate) fn of_process() -> Option<Coverage> {
        None
    }

    pub(crate) fn clear(&mut self) {}

    pub(crate) fn has_news(&self) -> bool {
        false
    }

    pub(crate) fn take_news(&mut self) -> bool {
        false
    }

    pub(crate) fn reached(&self) -> usize {
        0
    }
}

#[cfg(coverage)]
pub(crate) use counters::Coverage;

#[cfg(coverage)]
mod counters {
    use std::sync::atomic::{AtomicU64, Ordering};

    unsafe extern "C" {
        // Of the profiler's runtime, which the compiler's option links in.
        fn __llvm_profile_begin_counters() -> *mut u64;
        fn __llvm_profile_end_counters() -> *mut u64;
    }

    pub(crate) struct Coverage {
        counters: &'static [AtomicU64],
        /// For each counter, the magnitudes seen so far.
        seen: Vec<u8>,
    }

    impl Coverage {
        pub(crate) fn of_process() -> Option<Coverage> {
            // SAFETY: both take nothing and only return an address.
            let (begin, end) = unsafe { (__llvm_profile_begin_counters(), __llvm_profile_end_counters()) };
            let count = (end as usize - begin as usize) / size_of::<u64>();
            // SAFETY: between the two lie the program's counters, as long as it runs; the program's threads count with
            // plain additions, and a count that is lost between one thread and another is no harm.
            let counters = unsafe { std::slice::from_raw_parts(begin.cast::<AtomicU64>(), count) };
            Some(Coverage { counters, seen: vec![0; count] })
        }

        pub(crate) fn clear(&mut self) {
            for counter in self.counters {
                counter.store(0, Ordering::Relaxed);
            }
        }

        pub(crate) fn has_news(&self) -> bool {
            self.counters.iter().zip(&self.seen).any(|(counter, seen)| magnitude(counter) & !seen != 0)
        }

        pub(crate) fn take_news(&mut self) -> bool {
            let mut news = false;
            for (counter, seen) in self.counters.iter().zip(&mut self.seen) {
                let magnitude = magnitude(counter);
                news |= magnitude & !*seen != 0;
                *seen |= magnitude;
            }
            news
        }

        /// How many counters were ever reached.
        pub(crate) fn reached(&self) -> usize {
            self.seen.iter().filter(|seen| **seen != 0).count()
        }
    }

    /// How often, roughly: a loop that ran ten times rather than once is news, the eleventh time is not.
    fn magnitude(counter: &AtomicU64) -> u8 {
        match counter.load(Ordering::Relaxed) {
            0 => 0,
            1 => 1,
            2 => 2,
            3 => 4,
            4..=7 => 8,
            8..=15 => 16,
            16..=31 => 32,
            32..=127 => 64,
            _ => 128,
        }
    }
}
