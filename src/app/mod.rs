//! The application behind the page, without JavaScript: the messages between its parts, and the session that answers
//! them.

pub mod model_import;
pub mod protocol;
pub mod recovery;
pub mod saved_session;
pub mod session;
