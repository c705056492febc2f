//! The site's files in the binary, for `tower_http`'s `ServeDir`.

use std::future::{Ready, ready};
use std::io::{self, Cursor, ErrorKind};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use include_dir::Dir;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File, Metadata};

#[cfg(feature = "embed-site")]
static SITE: Dir<'_> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/target/embedded");
/// No site: a build for development reads it from the disk.
#[cfg(not(feature = "embed-site"))]
static SITE: Dir<'_> = Dir::new("", &[]);

/// The backend that reads the files in the binary.
#[derive(Debug, Clone, Copy)]
pub(super) struct EmbeddedSite {
    /// The modification time of the binary. With the length of a file it tells browsers whether it
    /// has changed.
    modified: SystemTime,
}

/// A file in the binary, or a folder.
#[derive(Debug, Clone, Copy)]
pub(super) struct EmbeddedMetadata {
    is_dir: bool,
    length: u64,
    modified: SystemTime,
}

/// An open file in the binary.
#[derive(Debug)]
pub(super) struct EmbeddedFile {
    content: Cursor<&'static [u8]>,
    metadata: EmbeddedMetadata,
}

/// Returns the names of the files in a folder of the site in the binary.
pub(super) fn names_in(folder: &str) -> impl Iterator<Item = String> {
    let files = SITE.get_dir(folder).into_iter().flat_map(Dir::files);
    files.filter_map(|file| Some(file.path().file_name()?.to_str()?.to_owned()))
}

impl EmbeddedSite {
    pub(super) fn new() -> Self {
        let modified = std::env::current_exe().and_then(|binary| binary.metadata()?.modified());
        Self { modified: modified.unwrap_or(SystemTime::UNIX_EPOCH) }
    }

    fn find(self, path: &Path) -> io::Result<EmbeddedFile> {
        // `ServeDir` puts its folder, which is `./` here, before each path.
        let path = path.strip_prefix("./").unwrap_or(path);
        let metadata = EmbeddedMetadata { is_dir: false, length: 0, modified: self.modified };
        if path.as_os_str().is_empty() || SITE.get_dir(path).is_some() {
            let metadata = EmbeddedMetadata { is_dir: true, ..metadata };
            return Ok(EmbeddedFile { content: Cursor::new(&[]), metadata });
        }
        let file = SITE.get_file(path).ok_or(ErrorKind::NotFound)?;
        let content = file.contents();
        let length = u64::try_from(content.len()).unwrap_or_default();
        let metadata = EmbeddedMetadata { length, ..metadata };
        Ok(EmbeddedFile { content: Cursor::new(content), metadata })
    }
}

impl Backend for EmbeddedSite {
    type File = EmbeddedFile;
    type Metadata = EmbeddedMetadata;
    type OpenFuture = Ready<io::Result<EmbeddedFile>>;
    type MetadataFuture = Ready<io::Result<EmbeddedMetadata>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        ready(self.find(&path))
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        ready(self.find(&path).map(|file| file.metadata))
    }
}

impl Metadata for EmbeddedMetadata {
    fn is_dir(&self) -> bool {
        self.is_dir
    }

    fn modified(&self) -> io::Result<SystemTime> {
        Ok(self.modified)
    }

    fn len(&self) -> u64 {
        self.length
    }
}

impl File for EmbeddedFile {
    type Metadata = EmbeddedMetadata;
    type MetadataFuture<'a> = Ready<io::Result<EmbeddedMetadata>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.metadata))
    }
}

impl AsyncRead for EmbeddedFile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.content).poll_read(context, buffer)
    }
}

impl AsyncSeek for EmbeddedFile {
    fn start_seek(mut self: Pin<&mut Self>, position: io::SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.content).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.content).poll_complete(context)
    }
}
