//! Files stored in this browser (OPFS, the origin's private file system). They are on this machine, and no other site can
//! read them.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DomException, File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemRemoveOptions, FileSystemWritableFileStream, StorageManager,
};

/// A folder of this origin's private file system.
#[derive(Clone, Debug)]
pub(crate) struct BrowserFolder {
    storage: StorageManager,
    name: &'static str,
}

impl BrowserFolder {
    /// A folder, which is made when a file is written.
    pub(crate) fn new(storage: StorageManager, name: &'static str) -> Self {
        Self { storage, name }
    }

    /// Writes a file; a former one of this name stays as it was until the new one is complete.
    ///
    /// # Errors
    ///
    /// Returns the browser's error if it refuses to store files, or this one.
    pub(crate) async fn write(&self, file: &str, bytes: &[u8]) -> Result<(), JsValue> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let file = self.handle().await?.get_file_handle_with_options(file, &options);
        let file: FileSystemFileHandle = JsFuture::from(file).await?.unchecked_into();
        // Older versions of Safari write in another way only.
        if !Reflect::has(&file, &"createWritable".into())? {
            return Err("createWritable".into());
        }
        let stream: FileSystemWritableFileStream = JsFuture::from(file.create_writable()).await?.unchecked_into();
        JsFuture::from(stream.write_with_js_u8_array(&Uint8Array::from(bytes))?).await?;
        JsFuture::from(stream.close()).await.map(drop)
    }

    /// Reads a file; `None` if there is none, or an empty one: the page was closed after it was made and before it was
    /// written.
    ///
    /// # Errors
    ///
    /// Returns the browser's error if it has no storage, or the file cannot be read.
    pub(crate) async fn read(&self, file: &str) -> Result<Option<Vec<u8>>, JsValue> {
        let file = match JsFuture::from(self.handle().await?.get_file_handle(file)).await {
            Ok(file) => file.unchecked_into::<FileSystemFileHandle>(),
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let file: File = JsFuture::from(file.get_file()).await?.unchecked_into();
        let bytes = Uint8Array::new(&JsFuture::from(file.array_buffer()).await?).to_vec();
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }

    /// Deletes the folder, if there is one, and everything in it.
    ///
    /// # Errors
    ///
    /// Returns the browser's error if it has no storage, or cannot delete.
    pub(crate) async fn remove(&self) -> Result<(), JsValue> {
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        match JsFuture::from(self.root().await?.remove_entry_with_options(self.name, &options)).await {
            Err(error) if !is_missing(&error) => Err(error),
            _ => Ok(()),
        }
    }

    async fn handle(&self) -> Result<FileSystemDirectoryHandle, JsValue> {
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        let folder = self.root().await?.get_directory_handle_with_options(self.name, &options);
        Ok(JsFuture::from(folder).await?.unchecked_into())
    }

    async fn root(&self) -> Result<FileSystemDirectoryHandle, JsValue> {
        // Pages from insecure addresses have no storage.
        if self.storage.is_undefined() {
            return Err("navigator.storage".into());
        }
        Ok(JsFuture::from(self.storage.get_directory()).await?.unchecked_into())
    }
}

fn is_missing(error: &JsValue) -> bool {
    error.dyn_ref::<DomException>().is_some_and(|error| error.name() == "NotFoundError")
}
