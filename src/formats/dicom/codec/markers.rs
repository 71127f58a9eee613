//! The marker segments that JPEG and JPEG-LS share (T.81 B.1.1, which T.87 C.1 takes over). What a marker means is theirs.

/// The next marker and its segment, without the length; `rest` is what comes after it from then on. `coding` names the format in
/// errors, which are sentences about damaged data.
pub(super) fn next<'a>(rest: &mut &'a [u8], coding: &str) -> Result<(u8, &'a [u8]), String> {
    // Any number of bytes FF may come before a marker.
    while let [0xFF, after @ ..] = *rest
        && after.first() == Some(&0xFF)
    {
        *rest = after;
    }
    let &[0xFF, marker, ref after @ ..] = *rest else {
        return Err(format!("its {coding} data has no marker where one should be"));
    };
    let length = after.first_chunk().map(|&length| usize::from(u16::from_be_bytes(length)));
    let segment = length.and_then(|length| Some((after.get(2..length)?, &after[length..])));
    let (segment, left) = segment.ok_or_else(|| cut_short(coding))?;
    *rest = left;
    Ok((marker, segment))
}

/// The error of data that ends inside a marker.
pub(super) fn cut_short(coding: &str) -> String {
    format!("its {coding} data ends inside a marker")
}
