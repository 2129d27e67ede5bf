//! A progress bar, for people: on a terminal only.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::tally::Tally;

/// How far the run is.
pub struct Progress(ProgressBar);

impl Progress {
    /// By bytes of the input, if its size is known. Results that go to the same terminal are progress enough.
    pub fn new(size: Option<u64>, results_on_stdout: bool) -> Self {
        let has_terminal =
            std::io::stderr().is_terminal() && !(results_on_stdout && std::io::stdout().is_terminal());
        let target = if has_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(size, target);
        let template = match size {
            Some(_) => "{bar:30} {percent:>3} %  {msg}  {elapsed}, {eta} left",
            None => "{spinner} {msg}  {elapsed}",
        };
        bar.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
        if has_terminal {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Progress(bar)
    }

    pub fn show(&self, bytes_read: u64, tally: &Tally) {
        if !self.0.is_hidden() {
            self.0.set_position(bytes_read);
            self.0.set_message(tally.to_string());
        }
    }

    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
