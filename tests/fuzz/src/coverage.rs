//! Which code an input reached: the counters that `-C instrument-coverage` puts into the program.

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

    pub(crate) fn has_news(&mut self) -> bool {
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
    use std::ptr;

    unsafe extern "C" {
        // Of the profiler's runtime, which the compiler's option links in.
        fn __llvm_profile_begin_counters() -> *mut u64;
        fn __llvm_profile_end_counters() -> *mut u64;
    }

    /// Counters are looked at in groups, since most of the program is never reached.
    const GROUP: usize = 16;

    pub(crate) struct Coverage {
        counters: *mut u64,
        /// A copy, since the program's threads may go on counting.
        counts: Vec<u64>,
        /// For each counter, the magnitudes seen so far.
        seen: Vec<u8>,
        /// Only whether code was reached, not how often.
        coarse: bool,
    }

    impl Coverage {
        pub(crate) fn of_process() -> Option<Coverage> {
            // SAFETY: both take nothing and only return an address.
            let (begin, end) = unsafe { (__llvm_profile_begin_counters(), __llvm_profile_end_counters()) };
            let count = (end as usize - begin as usize) / size_of::<u64>();
            Some(Coverage { counters: begin, counts: vec![0; count], seen: vec![0; count], coarse: false })
        }

        pub(crate) fn coarse(self) -> Coverage {
            Coverage { coarse: true, ..self }
        }

        pub(crate) fn clear(&mut self) {
            // SAFETY: from the address on lie as many counters as `counts` has, as long as the program runs. Its threads
            // count with plain additions; a count that is lost between them is no harm.
            unsafe { ptr::write_bytes(self.counters, 0, self.counts.len()) }
        }

        pub(crate) fn has_news(&mut self) -> bool {
            self.look(false)
        }

        pub(crate) fn take_news(&mut self) -> bool {
            self.look(true)
        }

        fn look(&mut self, take: bool) -> bool {
            // SAFETY: as in `clear`; `counts` is ours alone.
            unsafe { ptr::copy_nonoverlapping(self.counters, self.counts.as_mut_ptr(), self.counts.len()) }
            let mut news = false;
            for (counts, seen) in self.counts.chunks(GROUP).zip(self.seen.chunks_mut(GROUP)) {
                if counts.iter().fold(0, |all, count| all | count) == 0 {
                    continue;
                }
                for (count, seen) in counts.iter().zip(seen) {
                    let magnitude = if self.coarse { u8::from(*count > 0) } else { magnitude(*count) };
                    news |= magnitude & !*seen != 0;
                    if take {
                        *seen |= magnitude;
                    }
                }
            }
            news
        }

        /// How many counters were ever reached.
        pub(crate) fn reached(&self) -> usize {
            self.seen.iter().filter(|seen| **seen != 0).count()
        }
    }

    /// How often, roughly: a loop that ran ten times rather than once is news, the eleventh time is not.
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
