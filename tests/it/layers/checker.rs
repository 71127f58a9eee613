//! The checker of import circles, checked on small trees made up here.

use super::imports::{Sources, circles};

fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let edges = Sources::new(files.iter().copied()).edges();
    circles(&edges).into_iter().map(|circle| circle.into_iter().collect()).collect()
}

#[test]
fn two_files_that_import_each_other_are_a_circle() {
    let files = [("a.rs", "use crate::b::B; pub struct A;"), ("b.rs", "use crate::a::A; pub struct B;")];
    assert_eq!(circles_of(&files), [["a.rs", "b.rs"]]);
}

#[test]
fn an_import_in_one_direction_is_no_circle() {
    let files = [("a.rs", "use crate::b::B; pub struct A;"), ("b.rs", "pub struct B;")];
    assert!(circles_of(&files).is_empty());
}

#[test]
fn nested_braces_and_renames_are_followed() {
    let files = [
        ("a.rs", "use crate::{b::{inner::{self, Deep as D}}, c}; pub struct A;"),
        ("b/mod.rs", "pub mod inner;"),
        ("b/inner.rs", "use crate::{c::C, a::{A}}; pub struct Deep;"),
        ("c.rs", "pub struct C;"),
    ];
    assert_eq!(circles_of(&files), [["a.rs", "b/inner.rs"]]);
}

#[test]
fn paths_up_the_tree_are_followed() {
    let files = [
        ("a/mod.rs", "pub mod x; pub mod y;"),
        ("a/x.rs", "pub struct X; fn f() { super::y::deep::run(); }"),
        ("a/y/mod.rs", "pub mod deep;"),
        ("a/y/deep.rs", "use super::super::x::X; pub fn run() {}"),
    ];
    assert_eq!(circles_of(&files), [["a/x.rs", "a/y/deep.rs"]]);
}

#[test]
fn a_reexport_stands_for_the_file_that_defines_the_item() {
    let files = [
        ("a/mod.rs", "mod x; mod y; pub use self::x::X; pub use y::*;"),
        ("a/x.rs", "use super::Y; pub struct X;"),
        ("a/y.rs", "use super::X; pub struct Y;"),
    ];
    assert_eq!(circles_of(&files), [["a/x.rs", "a/y.rs"]]);
}

#[test]
fn a_child_may_use_what_its_parent_defines() {
    let files = [("a/mod.rs", "mod x; use x::X; pub struct Shared;"), ("a/x.rs", "use super::Shared; pub struct X;")];
    assert!(circles_of(&files).is_empty());
}

#[test]
fn a_circle_through_three_files_is_found_once() {
    let files = [
        ("a.rs", "use crate::b; pub fn a() { b::b() }"),
        ("b.rs", "pub fn b() { crate::c::c() }"),
        ("c.rs", "pub fn c() { println!(\"{}\", crate::a::a()) }"),
    ];
    assert_eq!(circles_of(&files), [["a.rs", "b.rs", "c.rs"]]);
}

#[test]
fn tests_inside_a_file_do_not_count() {
    let files = [
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }"),
    ];
    assert!(circles_of(&files).is_empty());
}
