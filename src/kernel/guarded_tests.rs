//! Memory for tests that ends where the process may go no further: a read or a write beyond a slice
//! that lies in it stops the test at once.

use std::ffi::c_void;
use std::ops::{Deref, DerefMut};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap_anonymous, mprotect, munmap};

const PAGE: usize = 4096;

/// Which end of the values touches a closed page; the other page is closed too.
#[derive(Debug, Clone, Copy)]
pub enum Side {
    End,
    Start,
}

impl Side {
    pub const BOTH: [Side; 2] = [Side::End, Side::Start];
}

/// Values between two closed pages.
pub struct Guarded<T> {
    map: *mut c_void,
    bytes: usize,
    first: *mut T,
    len: usize,
}

impl<T: Copy> Guarded<T> {
    pub fn new(values: &[T], side: Side) -> Self {
        let size = size_of_val(values);
        assert!(PAGE.is_multiple_of(size_of::<T>()), "values stay aligned");
        let open = size.next_multiple_of(PAGE).max(PAGE);
        let bytes = open + 2 * PAGE;
        let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
        // SAFETY: a new mapping of our own, whose first and last page are closed; the values are
        // copied into what stays open, at its start or so that they end where it ends.
        unsafe {
            let map = mmap_anonymous(std::ptr::null_mut(), bytes, access, flags).unwrap();
            mprotect(map, PAGE, MprotectFlags::empty()).unwrap();
            mprotect(map.byte_add(PAGE + open), PAGE, MprotectFlags::empty()).unwrap();
            let offset = match side {
                Side::Start => 0,
                Side::End => open - size,
            };
            let first = map.byte_add(PAGE + offset).cast::<T>();
            first.copy_from_nonoverlapping(values.as_ptr(), values.len());
            Self {
                map,
                bytes,
                first,
                len: values.len(),
            }
        }
    }

    /// `len` times the same value.
    pub fn filled(value: T, len: usize, side: Side) -> Self {
        Self::new(&vec![value; len], side)
    }
}

impl<T> Deref for Guarded<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: `first` points to `len` values that were copied in.
        unsafe { std::slice::from_raw_parts(self.first, self.len) }
    }
}

impl<T> DerefMut for Guarded<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.first, self.len) }
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and nothing borrows it any more.
        unsafe { munmap(self.map, self.bytes).unwrap() }
    }
}
