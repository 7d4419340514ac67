//! The log's directory: tlog-tiles files that any web server can serve as they are.

use node::TileStore;
use proof::tile::{SourceError, TileId, TileSource};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A directory of tiles.
#[derive(Debug, Clone)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Opens the directory, making it if it is not there.
    pub fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root)?;
        Ok(Self { root: root.to_owned() })
    }

    /// Empties it: the tree is grown again from the journal.
    pub fn clear(&self) -> io::Result<()> {
        fs::remove_dir_all(&self.root)?;
        fs::create_dir_all(&self.root)
    }
}

impl TileSource for Directory {
    fn tile(&self, id: TileId) -> Result<Vec<u8>, SourceError> {
        fs::read(self.root.join(id.to_string())).map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => SourceError::Missing(id),
            _ => SourceError::Failed { tile: id, cause: Box::new(e) },
        })
    }
}

impl TileStore for Directory {
    fn write(&self, path: &str, content: &[u8]) -> io::Result<()> {
        let target = self.root.join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        // Readers see the old file or the new one, never half of one. What a crash loses is grown again.
        let draft = target.with_extension("draft");
        let mut file = fs::File::create(&draft)?;
        file.write_all(content)?;
        drop(file);
        fs::rename(&draft, &target)
    }

    fn checkpoint(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.root.join("checkpoint")) {
            Ok(content) => Ok(Some(content)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
}
