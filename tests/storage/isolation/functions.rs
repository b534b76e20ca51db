//! Which functions storage has, read from its source: each must be in the walk, or be listed with its reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{FnArg, ImplItemFn, ItemImpl, Signature, Type, Visibility};

use super::walk::probes;

/// About no tenant's rows, or about all tenants': these find out which organization somebody belongs to, or work for all
/// of them at once, and have tests of their own in `across`.
const ACROSS: &[&str] = &[
    "connect",
    "ping",
    "knows_time_zone",
    "local_times",
    "create_organization",
    "find_login",
    "find_member_session",
    "find_widget",
    "heads",
    "expired_uploads",
    "unsent_files",
    "organizations",
    "organizations_with_abandoned_files",
    "deleted_organizations",
    "take_turn",
    "make_partitions",
    "drop_partitions",
];

/// A function of `Storage` that anybody may call.
struct Function {
    file: String,
    name: String,
    /// Its parameters after `self`, as `name: Type`.
    parameters: Vec<String>,
}

struct Scan {
    file: String,
    found: Vec<Function>,
}

impl<'ast> Visit<'ast> for Scan {
    fn visit_item_impl(&mut self, block: &'ast ItemImpl) {
        let storage = matches!(&*block.self_ty, Type::Path(path)
            if path.path.segments.last().is_some_and(|segment| segment.ident == "Storage"));
        if storage && block.trait_.is_none() {
            visit::visit_item_impl(self, block);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if matches!(function.vis, Visibility::Public(_)) && function.sig.asyncness.is_some() {
            let (name, parameters) = (function.sig.ident.to_string(), parameters(&function.sig));
            self.found.push(Function { file: self.file.clone(), name, parameters });
        }
    }
}

fn parameters(signature: &Signature) -> Vec<String> {
    let typed = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    typed.map(|typed| format!("{}: {}", name(&typed.pat), kind(&typed.ty))).collect()
}

fn name(pattern: &syn::Pat) -> String {
    if let syn::Pat::Ident(name) = pattern { name.ident.to_string() } else { String::new() }
}

fn kind(kind: &Type) -> String {
    match kind {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

/// Every function of `Storage` in storage's sources.
fn functions() -> Vec<Function> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../storage/src")];
    let mut found = vec![];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                let file = path.file_name().unwrap().to_string_lossy().into_owned();
                let mut scan = Scan { file, found: vec![] };
                scan.visit_file(
                    &syn::parse_file(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
                );
                found.extend(scan.found);
            }
        }
    }
    found
}

#[test]
fn every_function_of_storage_is_walked() {
    let functions = functions();
    assert!(functions.len() >= 40, "the sources have moved: {} functions were found", functions.len());
    let there: BTreeSet<&str> = functions.iter().map(|function| function.name.as_str()).collect();
    let walked: BTreeSet<&str> = probes().map(|probe| probe.function).collect();
    let mut broken = vec![];
    for function in &functions {
        let (file, name) = (&function.file, function.name.as_str());
        let across = ACROSS.contains(&name);
        match (walked.contains(name), across) {
            (false, false) => broken.push(format!("{file}: {name} is neither walked nor listed as one across tenants")),
            (true, true) => broken.push(format!("{file}: {name} is walked, and listed as one across tenants")),
            _ => {}
        }
        let organization = function.parameters.first().is_some_and(|first| first == "organization: OrganizationId");
        if !organization && !across {
            broken.push(format!("{file}: {name} does not take the organization first"));
        }
    }
    let gone = ACROSS.iter().filter(|name| !there.contains(**name));
    broken.extend(gone.map(|name| format!("{name} is listed as one across tenants, and is not there")));
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}
