//! Faults below everything: a library that is loaded before the C library, and counts and spoils the writes
//! of a process.
//!
//! `FAULT_UNDER` is a part of the paths that count, `FAULT_NOT` of those among them that do not, `FAULT_AT` the write
//! that is spoilt (from 1 on, 0 for none), `FAULT_KIND` how: `kill` ends the process in the middle of it, `eio` fails it
//! alone, `enospc` fails it and all that follow which need room. `FAULT_COUNT` names a file for the number of writes.
//!
//! Compiled by the test that uses it. Nothing here may use `std::fs`: it would come back here.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn readlink(path: *const c_char, to: *mut c_char, size: usize) -> isize;
    fn getpid() -> c_int;
    fn kill(process: c_int, signal: c_int) -> c_int;
    fn __errno_location() -> *mut c_int;
}

const NEXT: *mut c_void = -1isize as *mut c_void;
const EIO: c_int = 5;
const ENOSPC: c_int = 28;
const O_CREAT: c_int = 0o100;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Kill,
    Eio,
    Enospc,
}

struct Plan {
    under: String,
    but: String,
    at: usize,
    kind: Kind,
    count: Option<CString>,
}

static WRITES: AtomicUsize = AtomicUsize::new(0);

fn plan() -> &'static Plan {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    PLAN.get_or_init(|| {
        let text = |name: &str| std::env::var(name).unwrap_or_default();
        Plan {
            under: text("FAULT_UNDER"),
            but: text("FAULT_NOT"),
            at: text("FAULT_AT").parse().unwrap_or(0),
            kind: match text("FAULT_KIND").as_str() {
                "eio" => Kind::Eio,
                "enospc" => Kind::Enospc,
                _ => Kind::Kill,
            },
            count: CString::new(text("FAULT_COUNT")).ok().filter(|path| !path.is_empty()),
        }
    })
}

/// What becomes of a write.
enum Fate {
    Goes,
    /// It is the last that this process does.
    Kills,
    Fails(c_int),
}

/// The fate of something that is done to the file of this path; `takes_room` if a full disk refuses it.
fn fate(path: &[u8], takes_room: bool) -> Fate {
    let plan = plan();
    let has = |part: &str| {
        let part = part.as_bytes();
        !part.is_empty() && path.windows(part.len()).any(|at| at == part)
    };
    if !has(&plan.under) || has(&plan.but) {
        return Fate::Goes;
    }
    let number = WRITES.fetch_add(1, Ordering::SeqCst) + 1;
    match plan.kind {
        _ if plan.at == 0 || number < plan.at => Fate::Goes,
        Kind::Enospc if takes_room => Fate::Fails(ENOSPC),
        Kind::Enospc => Fate::Goes,
        _ if number > plan.at => Fate::Goes,
        Kind::Kill => Fate::Kills,
        Kind::Eio => Fate::Fails(EIO),
    }
}

fn of_file(file: c_int, takes_room: bool) -> Fate {
    let Ok(link) = CString::new(format!("/proc/self/fd/{file}")) else {
        return Fate::Goes;
    };
    let mut path = [0u8; 4096];
    let length = unsafe { readlink(link.as_ptr(), path.as_mut_ptr().cast(), path.len()) };
    fate(&path[..usize::try_from(length).unwrap_or(0)], takes_room)
}

fn of_path(path: *const c_char, takes_room: bool) -> Fate {
    if path.is_null() {
        return Fate::Goes;
    }
    fate(unsafe { CStr::from_ptr(path) }.to_bytes(), takes_room)
}

fn die() {
    unsafe { kill(getpid(), 9) };
    loop {
        std::hint::spin_loop();
    }
}

fn fail(error: c_int) {
    unsafe { *__errno_location() = error };
}

/// The function of this name that would have been called without this library.
macro_rules! next {
    ($name:ident, $kind:ty) => {{
        static NEXT_ONE: OnceLock<usize> = OnceLock::new();
        let address = *NEXT_ONE.get_or_init(|| {
            let name = concat!(stringify!($name), "\0");
            unsafe { dlsym(NEXT, name.as_ptr().cast()) as usize }
        });
        unsafe { std::mem::transmute::<usize, $kind>(address) }
    }};
}

/// Functions that write bytes: a kill lets half of them through.
macro_rules! writes {
    ($($name:ident ( $($more:ident : $kind:ty),* );)+) => {$(
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(file: c_int, bytes: *const c_void, size: usize $(, $more: $kind)*) -> isize {
            let real = next!($name, unsafe extern "C" fn(c_int, *const c_void, usize $(, $kind)*) -> isize);
            match of_file(file, true) {
                Fate::Goes => unsafe { real(file, bytes, size $(, $more)*) },
                Fate::Kills => {
                    unsafe { real(file, bytes, size / 2 $(, $more)*) };
                    die();
                    -1
                }
                Fate::Fails(error) => {
                    fail(error);
                    -1
                }
            }
        }
    )+};
}

writes! {
    write();
    pwrite(at: i64);
    pwrite64(at: i64);
}

/// Functions that do something to a file or a path, whole.
macro_rules! acts {
    ($($name:ident ( $($arg:ident : $kind:ty),* ) -> $out:ty, $fate:expr;)+) => {$(
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($arg: $kind),*) -> $out {
            let real = next!($name, unsafe extern "C" fn($($kind),*) -> $out);
            match $fate {
                Fate::Goes => unsafe { real($($arg),*) },
                Fate::Kills => {
                    die();
                    -1
                }
                Fate::Fails(error) => {
                    fail(error);
                    -1
                }
            }
        }
    )+};
}

fn opened(path: *const c_char, flags: c_int) -> Fate {
    if flags & O_CREAT == 0 {
        return Fate::Goes;
    }
    of_path(path, true)
}

acts! {
    writev(file: c_int, parts: *const c_void, count: c_int) -> isize, of_file(file, true);
    fsync(file: c_int) -> c_int, of_file(file, false);
    fdatasync(file: c_int) -> c_int, of_file(file, false);
    ftruncate(file: c_int, length: i64) -> c_int, of_file(file, length > 0);
    ftruncate64(file: c_int, length: i64) -> c_int, of_file(file, length > 0);
    copy_file_range(from: c_int, at: *mut i64, to: c_int, to_at: *mut i64, size: usize, flags: c_uint) -> isize,
        of_file(to, true);
    rename(from: *const c_char, to: *const c_char) -> c_int, of_path(to, true);
    link(from: *const c_char, to: *const c_char) -> c_int, of_path(to, true);
    linkat(a: c_int, from: *const c_char, b: c_int, to: *const c_char, flags: c_int) -> c_int, of_path(to, true);
    unlink(path: *const c_char) -> c_int, of_path(path, false);
    rmdir(path: *const c_char) -> c_int, of_path(path, false);
    mkdir(path: *const c_char, mode: c_uint) -> c_int, of_path(path, true);
    open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int, opened(path, flags);
    open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int, opened(path, flags);
}

extern "C" fn tell() {
    let writes = WRITES.load(Ordering::SeqCst);
    let Some(path) = plan().count.as_ref().filter(|_| writes > 0) else {
        return;
    };
    let text = writes.to_string();
    let open = next!(open, unsafe extern "C" fn(*const c_char, c_int, c_uint) -> c_int);
    let write = next!(write, unsafe extern "C" fn(c_int, *const c_void, usize) -> isize);
    unsafe {
        // To write, made, emptied.
        let file = open(path.as_ptr(), 0o1 | O_CREAT | 0o1000, 0o600);
        write(file, text.as_ptr().cast(), text.len());
    }
}

#[used]
#[unsafe(link_section = ".fini_array")]
static AT_EXIT: extern "C" fn() = tell;
