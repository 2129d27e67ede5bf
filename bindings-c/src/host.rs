//! What a call leaves as it was in the calling thread: `errno`, and whether the thread can be cancelled.

/// Keeps the thread from being cancelled in the call, which would unwind through Rust and end the process. Dropping it restores
/// both.
pub(crate) struct ThreadState {
    errno: i32,
    cancel_state: i32,
}

impl ThreadState {
    pub(crate) fn keep() -> Self {
        ThreadState { errno: system::errno(), cancel_state: system::disable_cancellation() }
    }
}

impl Drop for ThreadState {
    fn drop(&mut self) {
        system::set_errno(self.errno);
        system::set_cancel_state(self.cancel_state);
    }
}

#[cfg(all(any(target_os = "linux", target_vendor = "apple", target_os = "freebsd"), not(miri)))]
mod system {
    use std::ffi::c_int;

    const DISABLE: c_int = if cfg!(target_vendor = "apple") { 0 } else { 1 };

    unsafe extern "C" {
        #[cfg_attr(target_os = "linux", link_name = "__errno_location")]
        #[cfg_attr(not(target_os = "linux"), link_name = "__error")]
        safe fn errno_location() -> *mut c_int;
        /// No system call.
        safe fn pthread_setcancelstate(state: c_int, old: Option<&mut c_int>) -> c_int;
    }

    pub(super) fn errno() -> c_int {
        // SAFETY: it points to this thread's errno.
        unsafe { *errno_location() }
    }

    pub(super) fn set_errno(errno: c_int) {
        // SAFETY: it points to this thread's errno.
        unsafe { *errno_location() = errno }
    }

    /// Returns the state before.
    pub(super) fn disable_cancellation() -> c_int {
        let mut old = DISABLE;
        pthread_setcancelstate(DISABLE, Some(&mut old));
        old
    }

    pub(super) fn set_cancel_state(state: c_int) {
        let mut disabled = DISABLE;
        pthread_setcancelstate(state, Some(&mut disabled));
    }
}

#[cfg(not(all(any(target_os = "linux", target_vendor = "apple", target_os = "freebsd"), not(miri))))]
mod system {
    pub(super) fn errno() -> i32 {
        0
    }

    pub(super) fn set_errno(_: i32) {}

    pub(super) fn disable_cancellation() -> i32 {
        0
    }

    pub(super) fn set_cancel_state(_: i32) {}
}
