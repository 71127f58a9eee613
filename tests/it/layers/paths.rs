//! The paths that a source file names: `use` trees, inline paths, and paths inside macro calls.
//!
//! Code under `#[cfg(test)]` and attributes are left out.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// A module of the crate by the names on the way to it; the crate itself is empty.
pub(super) type Module = Vec<String>;

/// What one module says: the items it defines, the names it imports, the paths it uses.
#[derive(Default)]
pub(super) struct Scope {
    /// Names of the items defined here.
    pub items: Vec<String>,
    /// Imported names, with the path each stands for.
    pub aliases: BTreeMap<String, Vec<String>>,
    /// Paths imported whole: `use path::*`.
    pub globs: Vec<Vec<String>>,
    /// Every path that is named, imports included.
    pub paths: Vec<Vec<String>>,
}

/// A function or type with its place.
pub(super) struct Named {
    /// The name.
    pub name: String,
    /// Lines from its first to its last.
    pub lines: usize,
}

/// The contents of one file.
#[derive(Default)]
pub(super) struct Reading {
    /// The file's own module and the modules written inside it.
    pub scopes: BTreeMap<Module, Scope>,
    /// Every function that has a body.
    pub functions: Vec<Named>,
    /// Every struct, enum, union, trait and type alias; no associated types.
    pub(super) types: Vec<Named>,
    /// Names of the macros called.
    pub macros: Vec<String>,
}

/// Reads a file that stands for `module`. Panics if it is not Rust.
pub(super) fn read(module: &[String], text: &str) -> Reading {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", module.join("::")));
    let mut reader = Reader { module: module.to_vec(), reading: Reading::default() };
    reader.scope();
    reader.visit_file(&file);
    reader.reading
}

struct Reader {
    module: Module,
    reading: Reading,
}

impl Reader {
    fn scope(&mut self) -> &mut Scope {
        self.reading.scopes.entry(self.module.clone()).or_default()
    }

    fn import(&mut self, prefix: &mut Vec<String>, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => {
                prefix.push(path.ident.to_string());
                self.import(prefix, &path.tree);
                prefix.pop();
            }
            syn::UseTree::Name(name) => self.alias(prefix, &name.ident, &name.ident),
            syn::UseTree::Rename(rename) => self.alias(prefix, &rename.ident, &rename.rename),
            syn::UseTree::Glob(_) => {
                self.scope().globs.push(prefix.clone());
                self.scope().paths.push(prefix.clone());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(prefix, tree)),
        }
    }

    fn alias(&mut self, prefix: &[String], name: &syn::Ident, alias: &syn::Ident) {
        let mut path = prefix.to_vec();
        if name == "self" {
            let last = path.last().cloned().unwrap_or_default();
            let alias = if alias == "self" { last } else { alias.to_string() };
            self.scope().aliases.insert(alias, path.clone());
        } else {
            path.push(name.to_string());
            self.scope().aliases.insert(alias.to_string(), path.clone());
        }
        self.scope().paths.push(path);
    }

    /// Finds paths of two and more names in tokens that are not parsed; `keep` chooses among them by the first name.
    fn tokens(&mut self, tokens: TokenStream, keep: fn(&str) -> bool) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) if colons == 2 && !path.is_empty() => path.push(ident.to_string()),
                TokenTree::Punct(punct) => {
                    if punct.as_char() == '!' && path.len() == 1 {
                        self.reading.macros.extend(path.pop());
                    }
                    self.finish(&mut path, keep);
                }
                TokenTree::Ident(ident) => {
                    self.finish(&mut path, keep);
                    path.push(ident.to_string());
                }
                TokenTree::Group(group) => {
                    self.finish(&mut path, keep);
                    self.tokens(group.stream(), keep);
                }
                TokenTree::Literal(_) => self.finish(&mut path, keep),
            }
            colons = 0;
        }
        self.finish(&mut path, keep);
    }

    fn finish(&mut self, path: &mut Vec<String>, keep: fn(&str) -> bool) {
        let path = std::mem::take(path);
        if path.len() > 1 && keep(&path[0]) {
            self.scope().paths.push(path);
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    let is_test = |meta: &syn::MetaList| meta.tokens.to_string() == "test";
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("cfg") && attribute.meta.require_list().is_ok_and(is_test))
}

fn lines_of(item: &impl syn::spanned::Spanned) -> usize {
    let span = item.span();
    span.end().line - span.start().line + 1
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (attributes, name): (&[_], Option<&syn::Ident>) = match item {
            syn::Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Union(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Type(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
            syn::Item::Const(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Static(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
            syn::Item::Mod(item) => (&item.attrs, None),
            syn::Item::Impl(item) => (&item.attrs, None),
            syn::Item::Use(item) => (&item.attrs, None),
            _ => (&[], None),
        };
        if is_for_tests(attributes) {
            return;
        }
        if let Some(name) = name {
            self.scope().items.push(name.to_string());
            use syn::Item::{Enum, Struct, Trait, Type, Union};
            if matches!(item, Struct(_) | Enum(_) | Union(_) | Trait(_) | Type(_)) {
                self.reading.types.push(Named { name: name.to_string(), lines: lines_of(item) });
            }
        }
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&mut Vec::new(), &item.tree);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if let Some((_, items)) = &item.content {
            self.module.push(item.ident.to_string());
            self.scope();
            items.iter().for_each(|item| self.visit_item(item));
            self.module.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.reading.functions.push(Named { name: item.sig.ident.to_string(), lines: lines_of(item) });
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.reading.functions.push(Named { name: item.sig.ident.to_string(), lines: lines_of(item) });
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.scope().paths.push(names);
        visit::visit_path(self, path);
    }

    /// Paths in a macro's definition are relative to where it is called, so only absolute ones count.
    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        match item.ident {
            Some(_) => self.tokens(item.mac.tokens.clone(), |first| first == "crate"),
            None => self.visit_macro(&item.mac),
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.reading.macros.extend(call.path.segments.last().map(|segment| segment.ident.to_string()));
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone(), |_| true);
    }
}
