//! Dependency directions and counts, from `cargo metadata`: who may know whom, what a pure crate must never reach.
//!
//! The table below is ARCHITECTURE.md's picture in a form that can fail. A new arrow is an argument about the
//! architecture first and a line here second.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Checkout, Problem};

/// Our crates and which of ours each may use (normal and build dependencies). `None`: anything.
const ALLOWED: &[(&str, Option<&[&str]>)] = &[
    ("hongyan-model", Some(&[])),
    ("hongyan-text", Some(&[])),
    ("hongyan-proof", Some(&[])),
    ("hongyan-library", Some(&[])),
    ("hongyan-learn", Some(&[])),
    ("hongyan-wire", Some(&["hongyan-model"])),
    ("hongyan-store", Some(&["hongyan-model"])),
    ("hongyan-engine", Some(&["hongyan-model", "hongyan-text", "hongyan-proof"])),
    ("hongyan-node", Some(BELOW_NODE)),
    ("hongyan-server", Some(BELOW_SERVER)),
    ("hongyan-sim", Some(BELOW_SERVER)),
    ("hongyan-app", None),
    ("hongyan-tests", None),
    ("xtask", Some(&[])),
];

const BELOW_NODE: &[&str] =
    &["hongyan-engine", "hongyan-store", "hongyan-proof", "hongyan-wire", "hongyan-text", "hongyan-model"];

const BELOW_SERVER: &[&str] = &[
    "hongyan-node",
    "hongyan-engine",
    "hongyan-wire",
    "hongyan-store",
    "hongyan-proof",
    "hongyan-model",
    "hongyan-text",
    "hongyan-library",
];

/// Crates that get time, seeds and bytes as arguments.
pub(crate) const PURE: &[&str] =
    &["hongyan-model", "hongyan-text", "hongyan-proof", "hongyan-wire", "hongyan-engine", "hongyan-learn"];

/// A crate that stands alone: not even its tests may use another crate of ours.
const ALONE: &str = "hongyan-proof";

/// What a pure crate must not reach, however many steps away.
const IMPURE: &[&str] = &[
    "async-std",
    "axum",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "rand",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "tokio",
];

/// What a pure crate must not use itself; a cryptography crate below it may offer it for others.
const IMPURE_DIRECT: &[&str] = &["getrandom", "fastrand", "uuid"];

/// External packages that our manifests name, all crates and kinds together.
const DIRECT_MAX: usize = 60;

/// External packages in `Cargo.lock`.
const LOCKED_MAX: usize = 400;

const MANIFEST: &str = "Cargo.toml";
const LOCK: &str = "Cargo.lock";

/// Checks the arrows between our crates and what the pure ones reach.
pub(crate) fn directions(checkout: &Checkout) -> Vec<Problem> {
    let graph = Graph::new(&checkout.metadata);
    let mut problems = Vec::new();
    for member in graph.members() {
        let place = graph.manifest(member);
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == member.name) else {
            let message = format!(
                "{} is not in the table of xtask/src/tidy/dependencies.rs; say there what it may use",
                member.name
            );
            problems.push(Problem::new(place, 0, message));
            continue;
        };
        for dependency in &member.dependencies {
            let is_ours = graph.is_ours(&dependency.name);
            let is_checked = !dependency.is_dev || member.name == ALONE;
            let is_allowed = allowed.is_none_or(|allowed| allowed.contains(&dependency.name.as_str()));
            if is_ours && is_checked && !is_allowed {
                let message = format!(
                    "{} must not depend on {}: move what it needs to a crate both may use, or pass it as an argument",
                    member.name, dependency.name
                );
                problems.push(Problem::new(place.clone(), 0, message));
            }
        }
        if PURE.contains(&member.name.as_str()) {
            problems.extend(impurities(&graph, member, &place));
        }
    }
    problems
}

fn impurities(graph: &Graph, member: &Package, place: &str) -> Vec<Problem> {
    let direct = member.dependencies.iter().filter(|dependency| !dependency.is_dev);
    let direct = direct.filter(|dependency| IMPURE_DIRECT.contains(&dependency.name.as_str()));
    let direct = direct.map(|dependency| {
        format!("{} is pure and must not use {}: take the value as an argument", member.name, dependency.name)
    });
    let reached = graph.reach(&member.id).into_iter().filter(|(name, _)| IMPURE.contains(&name.as_str()));
    let reached = reached.map(|(name, path)| format!("{} is pure and must not reach {name} (through {path}): switch the feature off or take another library", member.name));
    direct.chain(reached).map(|message| Problem::new(place, 0, message)).collect()
}

/// Checks how many packages of others we stand on.
pub(crate) fn counts(checkout: &Checkout) -> Vec<Problem> {
    let graph = Graph::new(&checkout.metadata);
    let direct: BTreeSet<&str> = graph
        .members()
        .flat_map(|member| &member.dependencies)
        .map(|dependency| dependency.name.as_str())
        .filter(|name| !graph.is_ours(name))
        .collect();
    let locked = checkout.file(LOCK).map_or(0, |lock| lock.text.matches("\nsource = ").count());
    let mut problems = Vec::new();
    if direct.len() > DIRECT_MAX {
        let message =
            format!("{} external packages are named, {DIRECT_MAX} are allowed: do without one", direct.len());
        problems.push(Problem::new(MANIFEST, 0, message));
    }
    if locked > LOCKED_MAX {
        let message = format!(
            "{locked} external packages are locked, {LOCKED_MAX} are allowed: cargo tree -d shows what came twice"
        );
        problems.push(Problem::new(LOCK, 0, message));
    }
    problems
}

/// The part of `cargo metadata` that the checks need.
struct Graph {
    packages: BTreeMap<String, Package>,
    members: BTreeSet<String>,
    root: String,
    /// Normal and build edges between package ids, as resolved for this platform.
    edges: BTreeMap<String, Vec<String>>,
}

struct Package {
    id: String,
    name: String,
    manifest: String,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    name: String,
    is_dev: bool,
}

impl Graph {
    fn new(metadata: &Value) -> Graph {
        let packages =
            list(metadata, "packages").map(Package::new).map(|package| (package.id.clone(), package));
        let members = list(metadata, "workspace_members").filter_map(Value::as_str).map(str::to_owned);
        let nodes = metadata.get("resolve").into_iter().flat_map(|resolve| list(resolve, "nodes"));
        Graph {
            packages: packages.collect(),
            members: members.collect(),
            root: text(metadata, "workspace_root"),
            edges: nodes.map(|node| (text(node, "id"), product_edges(node))).collect(),
        }
    }

    fn members(&self) -> impl Iterator<Item = &Package> {
        self.members.iter().filter_map(|id| self.packages.get(id))
    }

    fn is_ours(&self, name: &str) -> bool {
        self.members().any(|member| member.name == name)
    }

    fn manifest(&self, member: &Package) -> String {
        member.manifest.trim_start_matches(&self.root).trim_start_matches('/').to_owned()
    }

    /// Names of all packages reached from `id`, each with the names on one way to it.
    fn reach(&self, id: &str) -> BTreeMap<String, String> {
        let mut reached = BTreeMap::new();
        let mut seen = BTreeSet::from([id.to_owned()]);
        let mut open = vec![(id.to_owned(), String::new())];
        while let Some((id, path)) = open.pop() {
            let Some(package) = self.packages.get(&id) else { continue };
            let path =
                if path.is_empty() { package.name.clone() } else { format!("{path} → {}", package.name) };
            reached.entry(package.name.clone()).or_insert_with(|| path.clone());
            for next in self.edges.get(&id).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    open.push((next.clone(), path.clone()));
                }
            }
        }
        reached
    }
}

impl Package {
    fn new(package: &Value) -> Package {
        let dependency = |dependency: &Value| Dependency {
            name: text(dependency, "name"),
            is_dev: dependency.get("kind").and_then(Value::as_str) == Some("dev"),
        };
        Package {
            id: text(package, "id"),
            name: text(package, "name"),
            manifest: text(package, "manifest_path"),
            dependencies: list(package, "dependencies").map(dependency).collect(),
        }
    }
}

/// Ids that a node of the resolved graph needs for more than its tests.
fn product_edges(node: &Value) -> Vec<String> {
    let is_product = |edge: &&Value| {
        list(edge, "dep_kinds").any(|kind| kind.get("kind").and_then(Value::as_str) != Some("dev"))
    };
    list(node, "deps").filter(is_product).map(|edge| text(edge, "pkg")).collect()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A crate and what its manifest names, each with its kind.
    type Member<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

    /// A workspace of these members, each with (dependency, kind); every dependency resolves to a package of its name.
    fn workspace(members: &[Member<'_>], external: &[(&str, &[&str])]) -> Checkout {
        let mut packages = Vec::new();
        let mut nodes = Vec::new();
        for (name, dependencies) in members {
            let named = dependencies.iter().map(|(name, kind)| json!({"name": name, "kind": kind}));
            packages.push(json!({"id": name, "name": name, "manifest_path": format!("/w/crates/{name}/Cargo.toml"), "dependencies": named.collect::<Vec<_>>()}));
            let edges =
                dependencies.iter().map(|(name, kind)| json!({"pkg": name, "dep_kinds": [{"kind": kind}]}));
            nodes.push(json!({"id": name, "deps": edges.collect::<Vec<_>>()}));
        }
        for (name, dependencies) in external {
            packages.push(json!({"id": name, "name": name, "dependencies": []}));
            let edges = dependencies.iter().map(|name| json!({"pkg": name, "dep_kinds": [{"kind": null}]}));
            nodes.push(json!({"id": name, "deps": edges.collect::<Vec<_>>()}));
        }
        let ids: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
        let metadata = json!({"packages": packages, "workspace_members": ids, "workspace_root": "/w", "resolve": {"nodes": nodes}});
        Checkout { metadata, ..Checkout::default() }
    }

    fn found(checkout: &Checkout) -> Vec<String> {
        directions(checkout).iter().map(Problem::to_string).collect()
    }

    #[test]
    fn arrows_of_the_house_pass() {
        let checkout = workspace(
            &[
                ("hongyan-model", &[]),
                ("hongyan-wire", &[("hongyan-model", None), ("hongyan-store", Some("dev"))]),
                ("hongyan-store", &[("hongyan-model", None), ("rusqlite", None)]),
                ("hongyan-app", &[("hongyan-wire", None), ("tokio", None)]),
            ],
            &[("rusqlite", &[]), ("tokio", &["mio"]), ("mio", &[])],
        );
        assert_eq!(found(&checkout), Vec::<String>::new());
    }

    #[test]
    fn an_arrow_against_the_direction_is_named() {
        let checkout =
            workspace(&[("hongyan-wire", &[("hongyan-store", None)]), ("hongyan-store", &[])], &[]);
        let problems = found(&checkout);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0]
                .starts_with("crates/hongyan-wire/Cargo.toml: hongyan-wire must not depend on hongyan-store"),
            "{problems:?}"
        );
    }

    #[test]
    fn the_proof_stands_alone_even_in_its_tests() {
        let checkout =
            workspace(&[("hongyan-proof", &[("hongyan-model", Some("dev"))]), ("hongyan-model", &[])], &[]);
        assert_eq!(found(&checkout).len(), 1);
    }

    #[test]
    fn a_pure_crate_that_reaches_a_runtime_is_named_with_the_way() {
        let checkout =
            workspace(&[("hongyan-engine", &[("helper", None)])], &[("helper", &["tokio"]), ("tokio", &[])]);
        let problems = found(&checkout);
        assert!(problems[0].contains("hongyan-engine → helper → tokio"), "{problems:?}");
        let checkout = workspace(&[("hongyan-text", &[("getrandom", None)])], &[("getrandom", &[])]);
        assert_eq!(found(&checkout).len(), 1);
    }

    #[test]
    fn what_only_tests_reach_does_not_make_a_crate_impure() {
        let checkout = workspace(
            &[("hongyan-text", &[("proptest", Some("dev"))])],
            &[("proptest", &["rand"]), ("rand", &[])],
        );
        assert_eq!(found(&checkout), Vec::<String>::new());
    }

    #[test]
    fn a_crate_without_a_line_in_the_table_is_named() {
        assert!(found(&workspace(&[("hongyan-misc", &[])], &[]))[0].contains("is not in the table"));
    }

    #[test]
    fn too_many_dependencies_are_counted() {
        let names: Vec<String> = (0..=DIRECT_MAX).map(|number| format!("p{number}")).collect();
        let named: Vec<(&str, Option<&str>)> = names.iter().map(|name| (name.as_str(), None)).collect();
        let mut checkout = workspace(&[("hongyan-app", &named)], &[]);
        assert_eq!(counts(&checkout).len(), 1);
        let lock = "[[package]]\nsource = \"x\"\n".repeat(LOCKED_MAX + 1);
        checkout.files = Checkout::of(&[(LOCK, &lock)]).files;
        assert_eq!(counts(&checkout).len(), 2);
    }
}
