//! The time at which a file is made: the session, which makes it, has no clock.

use js_sys::Date;

/// The local date and time, ISO 8601 to the second.
pub(super) fn local_time() -> String {
    let now = Date::new_0();
    let date = format!("{:04}-{:02}-{:02}", now.get_full_year(), now.get_month() + 1, now.get_date());
    format!("{date}T{:02}:{:02}:{:02}", now.get_hours(), now.get_minutes(), now.get_seconds())
}
