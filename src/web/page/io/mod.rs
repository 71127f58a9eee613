//! Everything between the page and the world outside it: the session worker, files, the browser's storage, scripts.

pub(crate) mod dicomweb;
pub(crate) mod downloads;
pub(crate) mod files;
pub(crate) mod language;
pub(crate) mod offline;
pub(crate) mod opened_thing;
pub(crate) mod persistence;
pub(crate) mod receiver;
pub(crate) mod recovery;
pub(crate) mod requests;
pub(crate) mod script;
pub(crate) mod session_client;
pub(crate) mod session_file;
pub(crate) mod storage;
pub(crate) mod unload;
