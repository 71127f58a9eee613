//! Zips of data sets that lie about themselves, are cut or damaged.

use super::*;

/// Overwrites `with` at `offset` into every record of an archive that begins with `magic`.
fn patched(zip: &[u8], magic: &[u8], offset: usize, with: &[u8]) -> Vec<u8> {
    let mut zip = zip.to_vec();
    let records: Vec<usize> = (0..zip.len()).filter(|&at| zip[at..].starts_with(magic)).collect();
    assert!(!records.is_empty());
    for at in records {
        zip[at + offset..at + offset + with.len()].copy_from_slice(with);
    }
    zip
}

#[test]
fn hostile_zips_are_refused_by_name() {
    const LOCAL: &[u8] = b"PK\x03\x04";
    const DIRECTORY: &[u8] = b"PK\x01\x02";
    const END: &[u8] = b"PK\x05\x06";
    let zeros = || vec![0; 10 << 20];
    let deflated = packed(&[("aa/b", zeros()), ("aa/c", zeros())], zip::CompressionMethod::Deflated);
    assert_eq!(zips::read("zip", &deflated).unwrap().len(), 2);
    let renamed = |name: &[u8]| patched(&patched(&deflated, DIRECTORY, 46, name), LOCAL, 30, name);
    let names: Vec<String> = (0..10_001).map(|i| i.to_string()).collect();
    let many: Vec<Named> = names.iter().map(|name| (name.as_str(), Vec::new())).collect();
    let many = packed(&many, zip::CompressionMethod::Stored);
    let end = deflated.len() - 22;
    // A zip64 end that declares 2^40 files, and its locator.
    let zip64 =
        [b"PK\x06\x06".as_slice(), &44u64.to_le_bytes(), &[0; 20], &(1u64 << 40).to_le_bytes(), &[0; 16]].concat();
    let locator = [b"PK\x06\x07", &[0; 4][..], &(end as u64).to_le_bytes(), &[1, 0, 0, 0]].concat();
    for (zip, says) in [
        (patched(&deflated, DIRECTORY, 24, &100u32.to_le_bytes()), "`aa/b` unpacks to more than the 100 bytes"),
        (patched(&deflated, DIRECTORY, 24, &(11u32 << 20).to_le_bytes()), "`aa/b` unpacks to 10485760 bytes"),
        (patched(&deflated, DIRECTORY, 24, &0xFFFF_FFF0u32.to_le_bytes()), "8589934560 bytes unpacked"),
        (patched(&deflated, DIRECTORY, 16, &[1, 2, 3, 4]), "`aa/b` cannot be unpacked"),
        (patched(&deflated, DIRECTORY, 8, &[1]), "`aa/b` is encrypted"),
        (patched(&deflated, DIRECTORY, 10, &[12]), "`aa/b` is compressed with"),
        (renamed(b"../b"), "`../b` leads out"),
        (renamed(b"//.."), "`//..` leads out"),
        (renamed(b"C:/x"), "`C:/x` leads out"),
        (renamed(b"a\\.."), "`a\\..` leads out"),
        (many, "10001 files"),
        ([&deflated[..end], &zip64, &locator, &deflated[end..]].concat(), "1099511627776 files"),
        ([END.repeat(1000), deflated.clone()].concat(), "1001 ends"),
        (deflated[..deflated.len() / 2].to_vec(), "table of contents"),
        (b"PK".to_vec(), "table of contents"),
    ] {
        let refusal = zips::read("some.zip", &zip).unwrap_err();
        assert_eq!(refusal.subject, "some.zip");
        assert!(refusal.reason.contains(says), "{refusal}\ndoes not say {says}");
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(CaseSource::open(file.path()).err().unwrap().to_string().contains("neither a folder nor a zip"));
}

#[test]
fn no_cut_or_broken_zip_panics() {
    let zip = dataset::write("a", &volume(), &with_ignore(&truth(), &LABELLED));
    for end in 0..zip.len() {
        zips::read("cut", &zip[..end]).unwrap_err();
    }
    for at in 0..zip.len() {
        for value in [0x00, 0x7F, 0xFF] {
            let mut broken = zip.clone();
            broken[at] = value;
            let _ = zips::read("broken", &broken);
        }
    }
}
