//! What crosses the border: text, option structs that grow, and outputs.

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;

use roomcast_core::{Argument, Error, ErrorKind, Outcome};

/// No option struct will ever be larger: a larger size is a mistake, and must not be read.
const MAX_SIZE: usize = 4096;

/// A caller's text, judged by the core: `None` if it is NULL.
///
/// # Safety
/// NULL, or text that ends with a NUL byte.
pub(crate) unsafe fn text(given: *const c_char) -> Option<Argument> {
    if given.is_null() {
        return None;
    }
    // SAFETY: not NULL, and the caller vouches for the rest.
    let bytes = unsafe { CStr::from_ptr(given) };
    Some(match bytes.to_str() {
        Ok(text) => Argument::Text(text.to_owned()),
        Err(_) => Argument::NotUnicode,
    })
}

/// Text for C, where a NUL byte would cut it short.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default()
}

/// A caller's place for a handle, or NULL if the caller does not want it.
pub(crate) struct Output<T>(*mut *mut T);

impl<T> Output<T> {
    /// # Safety
    /// NULL, or a place that may be written to as long as this lives.
    pub(crate) unsafe fn new(place: *mut *mut T) -> Self {
        Output(place)
    }

    pub(crate) fn is_wanted(&self) -> bool {
        !self.0.is_null()
    }

    /// Nothing that was there before is ever freed by us, so nothing is freed twice.
    pub(crate) fn clear(&self) {
        self.write(std::ptr::null_mut());
    }

    /// Hands a value over: the caller frees it.
    pub(crate) fn put(&self, value: T) {
        if self.is_wanted() {
            self.write(Box::into_raw(Box::new(value)));
        }
    }

    /// Undoes a [`put`](Output::put) of the same call, of which the caller does not know yet.
    pub(crate) fn take_back(&self) {
        if self.is_wanted() {
            // SAFETY: not NULL, and what `put` wrote there is still there and was not freed.
            drop(unsafe { Box::from_raw(self.0.read()) });
            self.clear();
        }
    }

    fn write(&self, handle: *mut T) {
        if self.is_wanted() {
            // SAFETY: not NULL, and who made this vouches for the rest.
            unsafe { self.0.write(handle) }
        }
    }
}

/// An option struct that later versions make larger, by members after the last.
///
/// # Safety
/// `repr(C)`, the first member is its size as a `usize`, no padding, and all bytes zero is a value.
pub(crate) unsafe trait Growing: Copy {
    /// Without the prefix that all names have.
    const NAME: &str;
    const ADVICE: &str;
    /// What a mistake in it is.
    const MISTAKE: ErrorKind;
    /// Its size in the first version that was released: no caller can have a smaller one.
    const FIRST_SIZE: usize;
}

/// An option struct as far as this version knows it.
pub(crate) struct Read<T> {
    pub(crate) known: T,
    has_unknown: bool,
}

impl<T: Growing> Read<T> {
    /// The options, if none is set that this version does not know.
    pub(crate) fn all(self) -> Result<T, Error> {
        if self.has_unknown {
            let error = mistake::<T>("has an option that this version of roomcast does not know");
            return Err(error.advice("Upgrade roomcast, or build with its own header."));
        }
        Ok(self.known)
    }
}

fn mistake<T: Growing>(what: &str) -> Error {
    Error::new(T::MISTAKE, Outcome::NotSent, format!("{} {what}", T::NAME))
}

/// Reads an option struct of any version; NULL is one with everything left out. What a caller's version did not have
/// is left out; what this version does not have must be zero.
///
/// # Safety
/// NULL, or a pointer to as many readable bytes as its first member says.
pub(crate) unsafe fn read<T: Growing>(given: *const T) -> Result<Read<T>, Error> {
    let mut options = MaybeUninit::<T>::zeroed();
    let mut has_unknown = false;
    if !given.is_null() {
        // SAFETY: the caller vouches for the first member, at least.
        let size = unsafe { given.cast::<usize>().read_unaligned() };
        if !(T::FIRST_SIZE..=MAX_SIZE).contains(&size) {
            return Err(mistake::<T>("has a struct_size that no version had").advice(T::ADVICE));
        }
        // SAFETY: the caller vouches for `size` bytes.
        let bytes = unsafe { std::slice::from_raw_parts(given.cast::<u8>(), size) };
        let known = size.min(size_of::<T>());
        has_unknown = bytes[known..].iter().any(|byte| *byte != 0);
        // SAFETY: `known` bytes are in both, and `options` is ours alone.
        unsafe { options.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), known) };
    }
    // SAFETY: all bytes zero is a value, and so is what the caller wrote over them.
    Ok(Read { known: unsafe { options.assume_init() }, has_unknown })
}
