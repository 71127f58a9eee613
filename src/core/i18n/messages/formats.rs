//! What `formats` says to people.

use super::Message;

messages! {
    /// Messages of `formats`.
    FormatsMessage {
        AndMore { name: Message, count: usize }: "{name} and {count} more" | "{name} und {count} weitere",
        InFile { name: Message, file: String }: "{file} ({name})" | "{file} ({name})",
    }
}
