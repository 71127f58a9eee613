//! Which file needs which: paths resolved to the file that defines the item, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{Module, Reading, read};

/// The sources of a crate.
pub(super) struct Sources {
    /// By module: the file's name inside `src`, and its contents.
    pub files: BTreeMap<Module, (String, Reading)>,
    /// For each module, inline ones included, the module of the file it is written in.
    written_in: BTreeMap<Module, Module>,
}

/// Where a path leads: a module, and the item of it that is named, if any.
pub(super) struct Target {
    /// The module that defines the item.
    pub module: Module,
    /// The item; `None` where the path names the module itself.
    pub item: Option<String>,
}

/// For each file, the files it needs, with the items that tie it to them.
pub(super) type Edges = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

impl Sources {
    /// Reads files given by their names inside `src` and their texts. Files of `bin` are crates of their own and left out.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let inside = files.into_iter().filter(|(name, _)| !name.starts_with("bin/"));
        let files: BTreeMap<Module, (String, Reading)> = inside
            .map(|(name, text)| {
                let module = module_of(name);
                let reading = read(&module, text);
                (module, (name.to_owned(), reading))
            })
            .collect();
        let modules = |(file, (_, reading)): (&Module, &(String, Reading))| {
            let file = file.clone();
            reading.scopes.keys().map(move |module| (module.clone(), file.clone())).collect::<Vec<_>>()
        };
        let written_in = files.iter().flat_map(modules).collect();
        Self { files, written_in }
    }

    /// All references of a file that lead into this crate.
    pub(super) fn references(&self, file: &Module) -> Vec<Target> {
        let scopes = &self.files[file].1.scopes;
        scopes
            .iter()
            .flat_map(|(module, scope)| scope.paths.iter().filter_map(|path| self.resolve(module, path)))
            .collect()
    }

    /// Every edge between files, but for a child's to an ancestor's `mod.rs`.
    pub(super) fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for (file, (name, _)) in &self.files {
            for Target { module, item } in self.references(file) {
                let Some(item) = item else { continue };
                let Some(target) = self.written_in.get(&module) else { continue };
                if !file.starts_with(target) {
                    let target = self.files[target].0.clone();
                    edges.entry(name.clone()).or_default().entry(target).or_default().insert(item);
                }
            }
        }
        edges
    }

    /// Where a path that is written in `module` leads; `None` outside the crate.
    pub(super) fn resolve(&self, module: &[String], path: &[String]) -> Option<Target> {
        self.resolve_within(module, path, 16)
    }

    fn resolve_within(&self, module: &[String], path: &[String], depth: usize) -> Option<Target> {
        let depth = depth.checked_sub(1)?;
        let mut start = module.to_vec();
        let mut rest = path;
        let mut is_anchored = false;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "crate" => start.clear(),
                "self" => {}
                "super" => drop(start.pop()),
                _ => break,
            }
            is_anchored = true;
            rest = after;
        }
        while let Some((first, after)) = rest.split_first() {
            let child: Module = start.iter().chain([first]).cloned().collect();
            if self.written_in.contains_key(&child) {
                (start, rest, is_anchored) = (child, after, true);
                continue;
            }
            return self.lookup(&start, first, after, depth).or_else(|| {
                // A macro may define what no item shows.
                is_anchored.then(|| Target { module: start.clone(), item: Some(first.clone()) })
            });
        }
        is_anchored.then_some(Target { module: start, item: None })
    }

    /// The item `name` of a module, or what the module imports under this name.
    fn lookup(&self, module: &Module, name: &str, after: &[String], depth: usize) -> Option<Target> {
        let scope = self.files.get(self.written_in.get(module)?)?.1.scopes.get(module)?;
        if scope.items.iter().any(|item| item == name) {
            return Some(Target { module: module.clone(), item: Some(name.to_owned()) });
        }
        let joined = |path: &[String], last: &[String]| [path, last].concat();
        if let Some(path) = scope.aliases.get(name) {
            let names_itself = path.len() == 1 && path[0] == name;
            return self.resolve_within(module, &joined(path, after), depth).filter(|_| !names_itself);
        }
        // A glob of another crate is not looked for in this one: globs would be sought through each other.
        let is_inside = |path: &&Vec<String>| {
            let first = &path[0];
            let child: Module = module.iter().chain([first]).cloned().collect();
            matches!(first.as_str(), "crate" | "self" | "super") || self.written_in.contains_key(&child)
        };
        let depth = depth.checked_sub(1)?;
        scope.globs.iter().filter(is_inside).find_map(|path| {
            let target = self.resolve_within(module, path, depth)?;
            let is_known = target.item.is_none() && target.module != *module;
            is_known.then(|| self.lookup(&target.module, name, after, depth))?
        })
    }
}

/// The module that a file inside `src` stands for.
pub(super) fn module_of(name: &str) -> Module {
    let mut module: Module = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "lib") {
        module.pop();
    }
    module
}

/// Sets of files that need each other, directly or by way of others: the strongly connected components of two files and more.
pub(super) fn circles(edges: &Edges) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = edges.keys().map(|file| (file, reachable(edges, file))).collect();
    let mut circles: Vec<BTreeSet<String>> = Vec::new();
    for (file, others) in &reach {
        let back = |other: &&&String| reach.get(**other).is_some_and(|reached| reached.contains(file));
        let mut circle: BTreeSet<String> = others.iter().filter(back).map(|other| (*other).clone()).collect();
        circle.insert((*file).clone());
        if circle.len() > 1 && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

fn reachable<'a>(edges: &'a Edges, from: &'a String) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut queue = vec![from];
    while let Some(file) = queue.pop() {
        let next = edges.get(file).into_iter().flat_map(BTreeMap::keys);
        queue.extend(next.filter(|other| reached.insert(*other)));
    }
    reached
}

/// A circle in words: who needs what of whom.
pub(super) fn describe(circle: &BTreeSet<String>, edges: &Edges) -> String {
    let mut text = String::new();
    for file in circle {
        for (other, items) in edges[file].iter().filter(|(other, _)| circle.contains(*other)) {
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            text += &format!("  {file} needs {} of {other}\n", items.join(", "));
        }
    }
    text
}
