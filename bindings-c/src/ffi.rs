//! Conversion at the C boundary: strings, versioned option structs, and output pointers.

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;

use roomcast_core::{Argument, Error, ErrorKind, MAX_MESSAGE, Outcome};

use crate::panics::guarded;

/// No version of an option struct will be larger. A larger `struct_size` is an error: that many bytes may not be readable.
const MAX_SIZE: u32 = 4096;

/// A C string as an argument, which the core validates; `None` if it is NULL.
///
/// # Safety
/// `string` is NULL or ends with a NUL byte.
pub(crate) unsafe fn text(string: *const c_char) -> Option<Argument> {
    if string.is_null() {
        return None;
    }
    // SAFETY: not NULL, and the caller guarantees the NUL byte.
    let bytes = unsafe { CStr::from_ptr(string) };
    if bytes.count_bytes() > MAX_MESSAGE {
        return Some(Argument::TooLong);
    }
    Some(match bytes.to_str() {
        Ok(text) => Argument::Text(text.to_owned()),
        Err(_) => Argument::NotUnicode,
    })
}

/// A C string. A NUL byte in the text, which would truncate it, becomes U+FFFD.
pub(crate) fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default()
}

/// The caller's function.
pub(crate) fn required_function<F>(function: Option<F>, name: &str) -> Result<F, Error> {
    function.ok_or_else(|| Error::wrong_argument(name, &Argument::Null, "a function"))
}

/// A string of an item in a list; "" if there is no such item, or if it has no such string.
pub(crate) fn text_at<T>(list: Option<&[T]>, index: usize, get: fn(&T) -> Option<&CString>) -> *const c_char {
    guarded(c"".as_ptr(), || {
        let text = list.and_then(|list| list.get(index)).and_then(get);
        text.map_or(c"".as_ptr(), |text| text.as_ptr())
    })
}

/// An output pointer for a handle; NULL if the caller does not want the handle.
pub(crate) struct Output<T>(*mut *mut T);

impl<T> Output<T> {
    /// # Safety
    /// `pointer` is NULL, or may be written to as long as this lives.
    pub(crate) unsafe fn new(pointer: *mut *mut T) -> Self {
        Output(pointer)
    }

    pub(crate) fn is_null(&self) -> bool {
        self.0.is_null()
    }

    /// Fails if the caller does not want the handle, of a call that has no other purpose.
    pub(crate) fn require(&self, name: &str) -> Result<(), Error> {
        if self.is_null() {
            let name = format!("the output pointer {name}");
            return Err(Error::wrong_argument(&name, &Argument::Null, "the address of a pointer"));
        }
        Ok(())
    }

    /// Sets it to NULL. What it pointed to is not freed: it may be uninitialised, or freed already.
    pub(crate) fn clear(&self) {
        self.write(std::ptr::null_mut());
    }

    /// Sets it to a new handle, which the caller owns.
    pub(crate) fn set(&self, value: T) {
        if !self.is_null() {
            self.write(Box::into_raw(Box::new(value)));
        }
    }

    /// Frees the handle that an earlier [`set`](Output::set) of the same call wrote, before the caller has seen it.
    pub(crate) fn free(&self) {
        if !self.is_null() {
            // SAFETY: not NULL; the handle that `set` wrote is still there, and nobody else has freed it.
            drop(unsafe { Box::from_raw(self.0.read()) });
            self.clear();
        }
    }

    fn write(&self, handle: *mut T) {
        if !self.is_null() {
            // SAFETY: not NULL, and the caller of `new` guarantees that it may be written to.
            unsafe { self.0.write(handle) }
        }
    }
}

/// An option struct that later versions extend by members at its end.
///
/// # Safety
/// `repr(C)`, the first members are its magic number and its size, as `u32`s, no padding, and all bytes zero is a valid value.
pub(crate) unsafe trait VersionedStruct: Copy {
    /// Its name without the prefix `roomcast_`.
    const NAME: &str;
    /// The macro that initialises it, as advice to a caller who did not use it.
    const ADVICE: &str;
    /// The kind of error that an invalid struct is.
    const ERROR_KIND: ErrorKind;
    /// What its macro sets the first member to. Other memory, such as zeros with one byte set, does not pass for the struct.
    const MAGIC: u32;
    /// Its size in the first version: no caller can have a smaller one.
    const MIN_SIZE: u32;

    /// The member that only fills up the struct to whole pointers, if there is one: a later version may use it.
    fn reserved(&self) -> u32 {
        0
    }
}

/// An option struct of any version, as far as this version knows it.
pub(crate) struct VersionedOptions<T> {
    pub(crate) known: T,
    has_unknown: bool,
}

impl<T: VersionedStruct> VersionedOptions<T> {
    /// The options, unless a member is set that this version does not know.
    pub(crate) fn reject_unknown(self) -> Result<T, Error> {
        if self.has_unknown {
            let error = invalid::<T>("has an option that this version of roomcast does not know");
            return Err(error.advice("Upgrade roomcast, or build with its own header."));
        }
        Ok(self.known)
    }
}

fn invalid<T: VersionedStruct>(what: &str) -> Error {
    Error::new(T::ERROR_KIND, Outcome::NotSent, format!("{} {what}", T::NAME))
}

/// Checks the first two members of a struct that is not NULL, and returns its size.
///
/// # Safety
/// `pointer` points to at least four readable bytes; if they are the magic number, to as many as its second member says.
unsafe fn size_of_struct<T: VersionedStruct>(pointer: *const T) -> Result<usize, Error> {
    // SAFETY: the caller guarantees at least the first member.
    if unsafe { pointer.cast::<u32>().read_unaligned() } != T::MAGIC {
        return Err(invalid::<T>("is not initialised").advice(T::ADVICE));
    }
    // SAFETY: it has the magic number, so it has the second member, too.
    let size = unsafe { pointer.cast::<u32>().add(1).read_unaligned() };
    if !(T::MIN_SIZE..=MAX_SIZE).contains(&size) {
        return Err(invalid::<T>("has a struct_size that is not valid").advice(T::ADVICE));
    }
    Ok(size as usize)
}

/// Fills a struct of any version, but its magic number and its size. Members that this version does not know are set to 0.
///
/// # Safety
/// As [`read_options`], and the bytes may be written to.
pub(crate) unsafe fn write_struct<T: VersionedStruct>(pointer: *mut T, value: T) -> Result<(), Error> {
    const HEAD: usize = 2 * size_of::<u32>();
    if pointer.is_null() {
        return Err(invalid::<T>("is NULL").advice(T::ADVICE));
    }
    // SAFETY: guaranteed by the caller.
    let size = unsafe { size_of_struct(pointer) }?;
    let known = size.min(size_of::<T>());
    // SAFETY: the caller guarantees `size` bytes, and `value` has `known` of them. They do not overlap.
    unsafe {
        let (from, to) = ((&raw const value).cast::<u8>(), pointer.cast::<u8>());
        to.add(HEAD).copy_from_nonoverlapping(from.add(HEAD), known - HEAD);
        to.add(known).write_bytes(0, size - known);
    }
    Ok(())
}

/// Reads an option struct of any version; NULL stands for one that is all zero. Members that the caller's version does
/// not have are omitted; bytes that this version does not know must be zero.
///
/// # Safety
/// `options` is NULL, or points to at least four readable bytes; if they are the magic number, to as many as its second member
/// says.
pub(crate) unsafe fn read_options<T: VersionedStruct>(
    options: *const T,
) -> Result<VersionedOptions<T>, Error> {
    let mut copy = MaybeUninit::<T>::zeroed();
    let mut has_unknown = false;
    if !options.is_null() {
        // SAFETY: guaranteed by the caller.
        let size = unsafe { size_of_struct(options) }?;
        // SAFETY: the caller guarantees `size` bytes.
        let bytes = unsafe { std::slice::from_raw_parts(options.cast::<u8>(), size) };
        let known = size.min(size_of::<T>());
        has_unknown = bytes[known..].iter().any(|byte| *byte != 0);
        // SAFETY: both have `known` bytes, and they do not overlap.
        unsafe { copy.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), known) };
    }
    // SAFETY: all bytes zero is a valid value, and so is what the caller wrote over them.
    let known = unsafe { copy.assume_init() };
    has_unknown |= known.reserved() != 0;
    Ok(VersionedOptions { known, has_unknown })
}
