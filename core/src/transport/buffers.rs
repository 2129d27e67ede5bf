//! A connection's buffers: small while they can be, since a process may hold a thousand connections.

use ureq::unversioned::transport::Buffers as UreqBuffers;

/// Holds a usual request, head and body, so that it leaves in one write.
const OUTPUT: usize = 8 * 1024;
/// What a usual answer needs.
const INPUT: usize = 2 * 1024;
/// The largest input: more than the largest head that is taken.
const MAX_INPUT: usize = 2 * super::MAX_HEAD;

/// Input that has arrived and output that waits to be written.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    input: Vec<u8>,
    /// The unconsumed part of `input`.
    start: usize,
    end: usize,
    /// The last look at the input consumed some of it, so that another look may.
    progress: bool,
    output: Vec<u8>,
    /// How much of `output` waits to be written.
    pending: usize,
}

impl Buffers {
    /// Keeps what was put into [`output`](UreqBuffers::output) until [`output_written`](Buffers::output_written).
    pub(super) fn keep_output(&mut self, amount: usize) {
        self.pending += amount;
    }

    pub(super) fn pending_output(&self) -> &[u8] {
        &self.output[..self.pending]
    }

    pub(super) fn output_written(&mut self) {
        self.pending = 0;
    }

    /// Whether so little room is left that output should be written now.
    pub(super) fn is_output_full(&self) -> bool {
        self.pending == self.output.len()
    }

    /// Whether nothing more fits.
    pub(super) fn is_input_full(&self) -> bool {
        self.end - self.start >= MAX_INPUT
    }
}

impl UreqBuffers for Buffers {
    fn output(&mut self) -> &mut [u8] {
        if self.output.is_empty() {
            self.output.resize(OUTPUT, 0);
        }
        &mut self.output[self.pending..]
    }

    fn input(&self) -> &[u8] {
        &self.input[self.start..self.end]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.input.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.input.len() {
            let larger = (self.input.len() * 2).clamp(INPUT, MAX_INPUT);
            self.input.resize(larger, 0);
        }
        &mut self.input[self.end..]
    }

    fn input_appended(&mut self, amount: usize) {
        self.end += amount;
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.start += amount;
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        // The first is for bodies of unknown length, which we never send.
        (&mut [], self.output())
    }

    fn can_use_input(&self) -> bool {
        self.start < self.end && self.progress
    }
}
