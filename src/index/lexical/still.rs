//! A still directory: the files of a cache's state, which never change. Reading them takes no lock, so it
//! needs no right to write, nor room on the disk. They are read, not mapped: a file that somebody else cuts
//! short is then an error of one search, where a map would end the process (SIGBUS).

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, OwnedBytes, WatchCallback, WatchHandle, WritePtr,
};
use tantivy::{HasLen, Index};

use crate::fsio;

#[derive(Debug, Clone)]
struct Still(PathBuf);

/// Opens the index in `folder`, of which no file changes, for reading.
pub fn open(folder: &Path) -> tantivy::Result<Index> {
    Index::open(Still(folder.to_owned()))
}

/// Bytes of a file that is held in memory at most: there a query costs what it does with a map. A library of
/// fifty filings has none that is larger.
const HELD: usize = 16 << 20;

/// A large file of the index, which is read at each request.
#[derive(Debug)]
struct OpenFile {
    file: File,
    length: usize,
}

impl HasLen for OpenFile {
    fn len(&self) -> usize {
        self.length
    }
}

impl FileHandle for OpenFile {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let mut bytes = vec![0; range.len()];
        fsio::read_at(&self.file, &mut bytes, range.start as u64)?;
        Ok(OwnedBytes::new(bytes))
    }
}

fn unopened(error: io::Error, path: &Path) -> OpenReadError {
    match error.kind() {
        io::ErrorKind::NotFound => OpenReadError::FileDoesNotExist(path.to_owned()),
        _ => OpenReadError::wrap_io_error(error, path.to_owned()),
    }
}

fn refused() -> io::Error {
    io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "it is open for reading")
}

impl Directory for Still {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let open = || -> io::Result<Arc<dyn FileHandle>> {
            let file = File::open(self.0.join(path))?;
            let length = file.metadata()?.len() as usize;
            let file = OpenFile { file, length };
            Ok(if length <= HELD {
                Arc::new(file.read_bytes(0..length)?)
            } else {
                Arc::new(file)
            })
        };
        open().map_err(|error| unopened(error, path))
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        let there = self.0.join(path).try_exists();
        there.map_err(|error| unopened(error, path))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        fs::read(self.0.join(path)).map_err(|error| unopened(error, path))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        let io_error = Arc::new(refused());
        let filepath = path.to_owned();
        Err(DeleteError::IoError { io_error, filepath })
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(refused(), path.to_owned()))
    }

    fn atomic_write(&self, _: &Path, _: &[u8]) -> io::Result<()> {
        Err(refused())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, _: &Lock) -> Result<DirectoryLock, LockError> {
        Ok(DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}
