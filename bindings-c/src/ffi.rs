//! What crosses the border: text, option structs that grow, and outputs.

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;

use roomcast_core::Argument;

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
        Err(_) => Argument::Other("bytes that are not UTF-8".into()),
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
    const NAME: &str;
    const INIT: &str;
    /// Its size in the first version that was released: no caller can have a smaller one.
    const FIRST_SIZE: usize;
}

/// An option struct as its caller knows it.
pub(crate) struct Read<T> {
    pub(crate) options: T,
    /// The name of something that is set but not known to this version: its caller knows a later one.
    pub(crate) unknown: Option<String>,
}

/// Reads an option struct of any version; NULL is one with everything left out. What a caller's version did not have
/// is left out; what this version does not have must be zero.
///
/// # Safety
/// NULL, or a pointer to as many readable bytes as its first member says.
pub(crate) unsafe fn read<T: Growing>(given: *const T) -> Result<Read<T>, String> {
    let mut options = MaybeUninit::<T>::zeroed();
    let mut unknown = None;
    if !given.is_null() {
        // SAFETY: the caller vouches for the first member, at least.
        let size = unsafe { given.cast::<usize>().read_unaligned() };
        if !(T::FIRST_SIZE..=MAX_SIZE).contains(&size) {
            return Err(format!("{} has a struct_size of {size}; begin it with {}", T::NAME, T::INIT));
        }
        // SAFETY: the caller vouches for `size` bytes.
        let bytes = unsafe { std::slice::from_raw_parts(given.cast::<u8>(), size) };
        let known = size.min(size_of::<T>());
        // SAFETY: `known` bytes are in both, and `options` is ours alone.
        unsafe { options.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), known) };
        let strange = bytes[known..].iter().position(|byte| *byte != 0);
        unknown = strange.map(|at| format!("at byte {} of {}", known + at, T::NAME));
    }
    // SAFETY: all bytes zero is a value, and so is what the caller wrote over them.
    Ok(Read { options: unsafe { options.assume_init() }, unknown })
}
