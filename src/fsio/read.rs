//! Reading within a limit: a file may be another's, and have no end.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Bytes of a file of settings, words, a switch or a state at most.
pub const SMALL: u64 = 32 << 20;
/// Bytes of a file of rows at most: a dataset, a journal, the events of a run.
pub const ROWS: u64 = 1 << 30;

/// Bytes by which it is judged whether a file can be text.
const PART: u64 = 1 << 20;

/// Reads a file of at most `limit` bytes whole. One that is longer, or has no end (`/dev/zero`), is
/// refused before it has taken more memory than that.
pub fn read_limited(path: impl AsRef<Path>, limit: u64) -> io::Result<Vec<u8>> {
    read(path.as_ref(), limit, false)
}

fn read(path: &Path, limit: u64, is_text: bool) -> io::Result<Vec<u8>> {
    let too_large = || {
        let detail = format!(
            "it is larger than {} MiB, the most that is read",
            limit >> 20
        );
        io::Error::new(io::ErrorKind::FileTooLarge, detail)
    };
    let file = File::open(path)?;
    let stated = file.metadata()?.len();
    if stated > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(stated as usize);
    let mut file = file.take(limit + 1);
    // What a device without an end gives is seen by its first part: it does not take up to the limit to refuse it.
    (&mut file).take(PART).read_to_end(&mut bytes)?;
    if is_text {
        refuse_binary(&bytes)?;
    }
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

/// No text has zeros, whatever its language.
fn refuse_binary(bytes: &[u8]) -> io::Result<()> {
    let Some(at) = bytes.iter().position(|byte| *byte == 0) else {
        return Ok(());
    };
    let detail = format!("it is no text: byte {at} is zero");
    Err(io::Error::new(io::ErrorKind::InvalidData, detail))
}

/// Fills `bytes` from the place `from` of an open file, whose own position stays or not as the system has it.
/// A file that ends before is an error (`UnexpectedEof`).
pub fn read_at(file: &File, bytes: &mut [u8], from: u64) -> io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, bytes, from)
    }
    #[cfg(windows)]
    {
        let mut done = 0;
        while done < bytes.len() {
            let rest = &mut bytes[done..];
            match std::os::windows::fs::FileExt::seek_read(file, rest, from + done as u64)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => done += n,
            }
        }
        Ok(())
    }
}

/// A file of rows, whole, seen to be no binary one before it is read to its end.
pub fn read_rows(path: &Path) -> io::Result<Vec<u8>> {
    read(path, ROWS, true)
}

/// As `read_limited`, of UTF-8 text.
pub fn read_text_limited(path: impl AsRef<Path>, limit: u64) -> io::Result<String> {
    as_text(read(path.as_ref(), limit, true)?)
}

fn as_text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let detail = format!("it is no UTF-8 text from byte {at} on");
        io::Error::new(io::ErrorKind::InvalidData, detail)
    })
}

/// As `read_limited`, of a file that this program keeps: what has no end, or waits for a writer, is none.
pub fn read_kept(path: impl AsRef<Path>, limit: u64) -> io::Result<Vec<u8>> {
    refuse_special(path.as_ref())?;
    read_limited(path, limit)
}

/// Refuses a device, a pipe, a folder in a file's place. What is not there, or may not be looked at, is told by whoever
/// opens it.
pub fn refuse_special(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is no regular file",
        )),
        _ => Ok(()),
    }
}

/// A small file, whole. A pipe is none: opening it would wait for whoever writes into it.
pub fn read_small(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    refuse_pipe(path.as_ref())?;
    read_limited(path, SMALL)
}

#[cfg(unix)]
fn refuse_pipe(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt;
    if fs::metadata(path)?.file_type().is_fifo() {
        let detail = "it is a pipe and no file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, detail));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_pipe(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A file of text that this program keeps, whole, however large it grew.
pub fn read_own_text(path: impl AsRef<Path>) -> io::Result<String> {
    as_text(read_kept(path, ROWS)?)
}

/// A small file of text, whole.
pub fn read_small_text(path: impl AsRef<Path>) -> io::Result<String> {
    as_text(read_small(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_no_small_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        for read in [read_small_text, read_own_text] {
            let error = read(&path).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn a_file_is_read_to_its_limit_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words.txt");
        fs::write(&path, "net sales").unwrap();
        assert_eq!(read_text_limited(&path, 9).unwrap(), "net sales");
        let error = read_limited(&path, 8).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        fs::write(&path, b"ab\xff").unwrap();
        let error = read_small_text(&path).unwrap_err().to_string();
        assert!(error.contains("byte 2"), "{error}");
    }

    #[test]
    fn a_file_without_an_end_is_refused() {
        let error = read_small("/dev/zero").unwrap_err().to_string();
        assert!(error.contains("larger than 32 MiB"), "{error}");
        let error = read_text_limited("/dev/zero", ROWS)
            .unwrap_err()
            .to_string();
        assert!(error.contains("byte 0 is zero"), "{error}");
        let error = read_own_text("/dev/zero").unwrap_err().to_string();
        assert!(error.contains("no regular file"), "{error}");
    }
}
