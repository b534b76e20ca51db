//! Finished files, kept by key through `object_store`: a local folder. They never change, and are written whole or not
//! at all.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path as FilePath;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, WriteMultipart};
use protocol::id::OrganizationId;
use tokio::io::AsyncReadExt;

use crate::upload::part;
use crate::upload::transfer::blocking;

/// Bytes of a file that are read at a time on its way in.
const READ_BYTES: usize = 256 * 1024;
/// Parts on their way to the store at once, 5 MiB each.
const PARTS_AT_ONCE: usize = 1;

/// Where finished files are kept.
#[derive(Debug)]
pub struct Files {
    store: LocalFileSystem,
}

impl Files {
    /// Opens the store at `place`: a folder, or its URL. Makes the folder.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn open(place: &str) -> Result<Self, String> {
        let folder = match place.split_once("://") {
            None => place,
            Some(("file", path)) if path.starts_with('/') => path,
            Some((scheme, _)) => return Err(format!("files: {scheme}:// is not understood; give a folder")),
        };
        part::private_folder(FilePath::new(folder)).map_err(|error| format!("files {folder}: {error}"))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| format!("files {folder}: {error}"))?;
        // What was said to be done must be there after a loss of power as well.
        Ok(Self { store: store.with_fsync(true) })
    }

    /// Whether there is no file in the store.
    ///
    /// # Errors
    /// The store's.
    pub async fn is_empty(&self) -> Result<bool, Error> {
        match self.store.list(None).next().await {
            None => Ok(true),
            Some(Ok(_)) => Ok(false),
            Some(Err(error)) => Err(error),
        }
    }

    /// Copies the file at `source` into the store.
    ///
    /// # Errors
    /// The store's, or of reading the source.
    pub async fn put(&self, organization: OrganizationId, key: &str, source: &FilePath) -> Result<(), Error> {
        let failed = |error: std::io::Error| Error::Generic { store: "part", source: Box::new(error) };
        let (place, target) = (place(organization, key), self.store.path_to_filesystem(&place(organization, key))?);
        // The store would make it for everybody to look into.
        if let Some(folder) = target.parent().map(FilePath::to_owned) {
            blocking(move || part::private_folder(&folder)).await.map_err(failed)?;
        }
        let mut source = tokio::fs::File::open(source).await.map_err(failed)?;
        let mut writing = WriteMultipart::new(self.store.put_multipart(&place).await?);
        loop {
            let mut buffer = bytes::BytesMut::with_capacity(READ_BYTES);
            let read = source.read_buf(&mut buffer).await;
            match read {
                Ok(0) => break,
                Ok(_) => {
                    writing.wait_for_capacity(PARTS_AT_ONCE).await?;
                    writing.put(buffer.freeze());
                }
                Err(error) => {
                    writing.abort().await?;
                    return Err(failed(error));
                }
            }
        }
        writing.finish().await?;
        tokio::fs::set_permissions(target, Permissions::from_mode(part::PRIVATE_FILE)).await.map_err(failed)
    }

    /// A file's bytes, piece by piece. `None` when there is no such file.
    ///
    /// # Errors
    /// The store's.
    pub async fn get(
        &self,
        organization: OrganizationId,
        key: &str,
    ) -> Result<Option<BoxStream<'static, Result<Bytes, Error>>>, Error> {
        match self.store.get(&place(organization, key)).await {
            Ok(found) => Ok(Some(found.into_stream().boxed())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Throws a file away; one that is not there is no error.
    ///
    /// # Errors
    /// The store's.
    pub async fn remove(&self, organization: OrganizationId, key: &str) -> Result<(), Error> {
        match self.store.delete(&place(organization, key)).await {
            Err(error) if !matches!(error, Error::NotFound { .. }) => Err(error),
            _ => Ok(()),
        }
    }
}

fn place(organization: OrganizationId, key: &str) -> Path {
    Path::from_iter([organization.to_string().as_str(), key])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_are_kept_by_organization_and_key() {
        let folder = std::env::temp_dir().join(format!("chatdesk-files-{}", uuid::Uuid::new_v4()));
        let files = Files::open(&format!("file://{}", folder.join("kept").display())).unwrap();
        let bytes = vec![7; 6 * 1024 * 1024 + 1];
        let source = folder.join("source");
        std::fs::write(&source, &bytes).unwrap();
        let (organization, other) = (OrganizationId::generate(), OrganizationId::generate());
        assert!(files.is_empty().await.unwrap());
        files.put(organization, "key", &source).await.unwrap();
        assert!(!files.is_empty().await.unwrap());
        files.put(organization, "key", &source).await.unwrap();
        let kept = folder.join("kept");
        let within = kept.join(organization.to_string());
        for (path, mode) in [(&kept, 0o700), (&within, 0o700), (&within.join("key"), 0o600)] {
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
        }
        let mut stream = files.get(organization, "key").await.unwrap().unwrap();
        let mut read = Vec::new();
        while let Some(piece) = stream.next().await {
            read.extend_from_slice(&piece.unwrap());
        }
        assert!(read == bytes);
        assert!(files.get(other, "key").await.unwrap().is_none());
        assert!(files.get(organization, "../key").await.unwrap().is_none());
        files.remove(organization, "key").await.unwrap();
        files.remove(organization, "key").await.unwrap();
        assert!(files.get(organization, "key").await.unwrap().is_none());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_place_that_is_not_understood_is_refused() {
        assert!(Files::open("s3://bucket").unwrap_err().starts_with("files: s3://"));
    }
}
