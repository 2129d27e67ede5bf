//! A file descriptor that is readable while something is ready, for event loops to poll.

pub(crate) use system::Readiness;

#[cfg(unix)]
mod system {
    use std::ffi::c_int;
    use std::io;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

    /// Not readable at first. What reads and writes it must hold a lock meanwhile: it is raised and cleared in turn.
    pub(crate) struct Readiness {
        read: OwnedFd,
        /// None for an eventfd, which is read and written by one descriptor.
        write: Option<OwnedFd>,
    }

    impl Readiness {
        /// Closed in programs that this process becomes by exec.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        pub(crate) fn new() -> io::Result<Self> {
            use rustix::event::{EventfdFlags, eventfd};
            let read = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
            Ok(Readiness { read, write: None })
        }

        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        pub(crate) fn new() -> io::Result<Self> {
            let (read, write) = io::pipe()?;
            let (read, write) = (OwnedFd::from(read), OwnedFd::from(write));
            rustix::io::ioctl_fionbio(&read, true)?;
            rustix::io::ioctl_fionbio(&write, true)?;
            Ok(Readiness { read, write: Some(write) })
        }

        pub(crate) fn raise(&self) {
            let write: BorrowedFd<'_> = self.write.as_ref().unwrap_or(&self.read).as_fd();
            // It has room, as it was cleared.
            let _ = rustix::io::write(write, &1_u64.to_ne_bytes());
        }

        pub(crate) fn clear(&self) {
            let _ = rustix::io::read(&self.read, &mut [0_u8; 8]);
        }

        pub(crate) fn fd(&self) -> c_int {
            self.read.as_raw_fd()
        }
    }
}

/// Windows has no descriptor that every event loop could poll.
#[cfg(not(unix))]
mod system {
    use std::ffi::c_int;
    use std::io;

    pub(crate) enum Readiness {}

    impl Readiness {
        pub(crate) fn new() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(crate) fn raise(&self) {
            match *self {}
        }

        pub(crate) fn clear(&self) {
            match *self {}
        }

        pub(crate) fn fd(&self) -> c_int {
            match *self {}
        }
    }
}
