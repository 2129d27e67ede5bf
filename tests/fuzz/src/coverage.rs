//! The code that an input reached, from the counters that `-C instrument-coverage` adds to the program.

#[cfg(not(coverage))]
pub(crate) struct Coverage;

#[cfg(not(coverage))]
impl Coverage {
    pub(crate) fn of_process() -> Option<Coverage> {
        None
    }

    pub(crate) fn coarse(self) -> Coverage {
        self
    }

    pub(crate) fn clear(&mut self) {}

    pub(crate) fn has_new(&mut self) -> bool {
        false
    }

    pub(crate) fn record_new(&mut self) -> bool {
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
    use std::ptr;

    unsafe extern "C" {
        // From the profiler runtime, which the compiler option links.
        fn __llvm_profile_begin_counters() -> *mut u64;
        fn __llvm_profile_end_counters() -> *mut u64;
    }

    /// Counters are checked in groups, since most of the program is never reached.
    const GROUP: usize = 16;

    pub(crate) struct Coverage {
        counters: *mut u64,
        /// A copy, since other threads may continue to count.
        counts: Vec<u64>,
        /// For each counter, the magnitudes seen so far.
        seen: Vec<u8>,
        /// Records only whether code was reached, not how often.
        coarse: bool,
    }

    impl Coverage {
        pub(crate) fn of_process() -> Option<Coverage> {
            // SAFETY: both have no parameters and only return an address.
            let (begin, end) = unsafe { (__llvm_profile_begin_counters(), __llvm_profile_end_counters()) };
            let count = (end as usize - begin as usize) / size_of::<u64>();
            Some(Coverage { counters: begin, counts: vec![0; count], seen: vec![0; count], coarse: false })
        }

        pub(crate) fn coarse(self) -> Coverage {
            Coverage { coarse: true, ..self }
        }

        pub(crate) fn clear(&mut self) {
            // SAFETY: `counters` points to `counts.len()` counters for the whole run of the program. Other threads
            // increment them non-atomically; a lost count does not matter.
            unsafe { ptr::write_bytes(self.counters, 0, self.counts.len()) }
        }

        pub(crate) fn has_new(&mut self) -> bool {
            self.scan(false)
        }

        pub(crate) fn record_new(&mut self) -> bool {
            self.scan(true)
        }

        fn scan(&mut self, record: bool) -> bool {
            // SAFETY: as in `clear`; `counts` is not shared.
            unsafe { ptr::copy_nonoverlapping(self.counters, self.counts.as_mut_ptr(), self.counts.len()) }
            let mut found = false;
            for (counts, seen) in self.counts.chunks(GROUP).zip(self.seen.chunks_mut(GROUP)) {
                if counts.iter().fold(0, |all, count| all | count) == 0 {
                    continue;
                }
                for (count, seen) in counts.iter().zip(seen) {
                    let magnitude = if self.coarse { u8::from(*count > 0) } else { magnitude(*count) };
                    found |= magnitude & !*seen != 0;
                    if record {
                        *seen |= magnitude;
                    }
                }
            }
            found
        }

        /// The number of counters that were reached so far.
        pub(crate) fn reached(&self) -> usize {
            self.seen.iter().filter(|seen| **seen != 0).count()
        }
    }

    /// The magnitude of a count: ten iterations of a loop differ from one, but not from eleven.
    fn magnitude(count: u64) -> u8 {
        match count {
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
