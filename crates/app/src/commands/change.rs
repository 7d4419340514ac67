//! `hongyan change propose|list|show|approve|reject|withdraw|publish|adopt`: the same calls as anybody over HTTP.
//!
//! It says nothing about who asks: that is the API key's business (`--key`, `HONGYAN_KEY`). Without one it is `local`, who may
//! propose and approves nothing.

use super::Ended;
use crate::config;
use crate::settings::Settings;
use crate::stores::{self, entropy};
use crate::transport::Transport;
use engine::{ChangeRequest, Input, Person, Reply};
use hyper::Method;
use node::Remembered;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Propose changes of the configuration, approve those of others, put them into force
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Arguments {
    /// Propose a change: what differs from what is in force
    Propose {
        /// Files of the configuration folder, or folders of it; without any, everything that differs, of the folder and of this release
        paths: Vec<PathBuf>,
        /// What it is, in a line
        #[arg(long)]
        title: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// The configuration folder that the files are in, if not the one of the settings
        #[arg(long, value_name = "DIR")]
        root: Option<PathBuf>,
        #[command(flatten)]
        caller: Caller,
    },
    /// List changes, the newest first
    List {
        /// Only those that are open, approved, published, rejected, withdrawn, or an emergency that nobody has looked at
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
        #[command(flatten)]
        caller: Caller,
    },
    /// Show a change: its differences, what it would do, who said what
    Show {
        /// Its number
        number: u64,
        #[command(flatten)]
        caller: Caller,
    },
    /// Approve a change of somebody else
    Approve {
        /// Its number
        number: u64,
        /// The hash that `show` printed; without it, the hash as it is now
        #[arg(long)]
        hash: Option<String>,
        /// What you have to say about it
        #[arg(long, default_value = "")]
        remark: String,
        #[command(flatten)]
        caller: Caller,
    },
    /// Reject a change of somebody else
    Reject {
        /// Its number
        number: u64,
        /// Why
        #[arg(long, default_value = "")]
        remark: String,
        #[command(flatten)]
        caller: Caller,
    },
    /// Take back a change of your own
    Withdraw {
        /// Its number
        number: u64,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
        #[command(flatten)]
        caller: Caller,
    },
    /// Put an approved change into force
    Publish {
        /// Its number
        number: u64,
        /// Without approval, for this reason: a loud entry, until somebody else has looked at it
        #[arg(long, value_name = "REASON")]
        emergency: Option<String>,
        #[command(flatten)]
        caller: Caller,
    },
    /// Put what the folder and this release say into force as a whole, as an emergency: for a release that cannot read what was approved (stop the
    /// server first)
    Adopt {
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// Who calls.
#[derive(Debug, clap::Args)]
pub(crate) struct Caller {
    /// Your API key
    #[arg(long, value_name = "KEY", env = "HONGYAN_KEY", hide_env_values = true)]
    key: Option<String>,
}

/// Does one of them.
pub(crate) async fn run(settings: &Settings, arguments: &Arguments) -> Ended {
    match arguments {
        Arguments::Propose { paths, title, reason, root, caller } => {
            let root = root.as_deref().or(settings.config.as_deref());
            let call = Call::open(settings, caller).await?;
            let proposed = propose(&call, root, paths, title, reason).await;
            call.ended(proposed).await
        }
        Arguments::List { state, caller } => {
            let call = Call::open(settings, caller).await?;
            let query =
                state.as_ref().map_or(String::new(), |state| format!("?state={}", super::segment(state)));
            let listed = call.get(&format!("/v1/changes{query}")).await.map(|json| list(&json));
            call.ended(listed).await
        }
        Arguments::Show { number, caller } => {
            let call = Call::open(settings, caller).await?;
            let shown = call.get(&format!("/v1/changes/{number}")).await.map(|json| show(&json));
            call.ended(shown).await
        }
        Arguments::Approve { number, hash, remark, caller } => {
            let call = Call::open(settings, caller).await?;
            call.review(*number, "approve", hash.as_deref(), remark).await
        }
        Arguments::Reject { number, remark, caller } => {
            let call = Call::open(settings, caller).await?;
            call.review(*number, "reject", None, remark).await
        }
        Arguments::Withdraw { number, reason, caller } => {
            let call = Call::open(settings, caller).await?;
            let path = format!("/v1/changes/{number}/withdraw");
            let done = call.post(&path, &json!({ "reason": reason })).await.map(|json| line(&json));
            call.ended(done).await
        }
        Arguments::Publish { number, emergency, caller } => {
            let call = Call::open(settings, caller).await?;
            let path = format!("/v1/changes/{number}/publish");
            let body = emergency.as_ref().map_or_else(|| json!({}), |why| json!({ "emergency": why }));
            let done = call.post(&path, &body).await.map(|json| line(&json) + &waiting(&json));
            call.ended(done).await
        }
        Arguments::Adopt { reason } => adopt(settings, reason),
    }
}

/// The way to the server, as somebody.
struct Call(Transport);

type Said = Result<String, Box<dyn std::error::Error>>;

impl Call {
    async fn open(settings: &Settings, caller: &Caller) -> Result<Self, Box<dyn std::error::Error>> {
        Ok(Self(Transport::open_as(settings, caller.key.as_deref()).await?))
    }

    async fn get(&self, path: &str) -> Result<Value, Box<dyn std::error::Error>> {
        Ok(serde_json::from_slice(&self.0.expect(Method::GET, path, Vec::new()).await?)?)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Box<dyn std::error::Error>> {
        Ok(serde_json::from_slice(&self.0.expect(Method::POST, path, serde_json::to_vec(body)?).await?)?)
    }

    async fn review(self, number: u64, what: &str, hash: Option<&str>, remark: &str) -> Ended {
        let said = self.reviewed(number, what, hash, remark).await;
        self.ended(said).await
    }

    async fn reviewed(&self, number: u64, what: &str, hash: Option<&str>, remark: &str) -> Said {
        let hash = match hash {
            Some(hash) => hash.to_owned(),
            None => text(&self.get(&format!("/v1/changes/{number}")).await?["hash"]),
        };
        let body = json!({ "hash": hash, "remark": remark });
        Ok(line(&self.post(&format!("/v1/changes/{number}/{what}"), &body).await?))
    }

    /// Prints what came of it, in good order.
    async fn ended(self, said: Said) -> Ended {
        self.0.close().await?;
        say!("{}", said?.trim_end());
        Ok(ExitCode::SUCCESS)
    }
}

async fn propose(call: &Call, root: Option<&Path>, paths: &[PathBuf], title: &str, reason: &str) -> Said {
    let mut drafted = config::proposable(root)?;
    let in_force = call.get("/v1/configuration").await?;
    let in_force: BTreeMap<String, String> = in_force["files"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|file| (text(&file["path"]), text(&file["hash"])))
        .collect();
    let mut wanted: BTreeSet<String> = drafted.keys().chain(in_force.keys()).cloned().collect();
    if !paths.is_empty() {
        let named = paths.iter().map(|path| within(root, path)).collect::<Result<Vec<_>, _>>()?;
        let is_named = |path: &String| {
            named
                .iter()
                .any(|named| path == named || named.is_empty() || path.starts_with(&format!("{named}/")))
        };
        if let Some(strange) = named.iter().find(|named| {
            !wanted
                .iter()
                .any(|path| path == *named || named.is_empty() || path.starts_with(&format!("{named}/")))
        }) {
            return Err(
                format!("{strange}: expected a file of the configuration, found none of that name").into()
            );
        }
        wanted.retain(is_named);
    }
    let mut files = Vec::new();
    for path in wanted {
        let content = drafted.remove(&path);
        let hash = content.as_ref().map(|text| proof::Hash::of(text.as_bytes()).to_hex());
        // A broadcast that is in force and not in the folder was sent from elsewhere: it goes only where it is named.
        let is_left_alone = content.is_none() && paths.is_empty() && path.starts_with("broadcasts/");
        if hash.as_ref() != in_force.get(&path) && !is_left_alone {
            files.push(json!({ "path": path, "content": content }));
        }
    }
    if files.is_empty() {
        return Err("nothing to propose: what is in force says the same".into());
    }
    let body = json!({ "title": title, "reason": reason, "files": files });
    let json = call.post("/v1/changes", &body).await?;
    Ok(show(&json))
}

/// A path as the configuration knows it.
fn within(root: Option<&Path>, path: &Path) -> Result<String, Box<dyn std::error::Error>> {
    let root = root.ok_or("expected a configuration folder in the settings, or --root")?;
    let whole = |path: &Path| std::path::absolute(path);
    let inside = whole(path)?.strip_prefix(whole(root)?).map(Path::to_path_buf);
    let inside = inside.map_err(|_| format!("{}: expected a file of {}", path.display(), root.display()))?;
    Ok(inside.to_string_lossy().replace('\\', "/"))
}

/// Puts the folder over this release into force, without a server: it may be unable to start.
fn adopt(settings: &Settings, reason: &str) -> Ended {
    let world = Arc::new(config::world(settings.config.as_deref(), &[])?);
    let drafted = config::files(settings.config.as_deref(), &[])?;
    let opened =
        stores::open(settings, crate::draft::Draft::of(settings.config.as_deref(), Vec::new())?)?.options;
    let remembered = Remembered::read(opened.journal, opened.keys, entropy())?;
    let asked_for = remembered.state().approvals.is_asked_for();
    // Broadcasts stay what they are: nobody drafts them here.
    let broadcasts =
        remembered.state().approvals.texts().into_iter().filter(|(path, _)| path.starts_with("broadcasts/"));
    let mut files: BTreeMap<Arc<str>, Arc<str>> = broadcasts.collect();
    let drafted = drafted.into_iter().filter(|(path, _)| path != config::PLAIN);
    files.extend(drafted.map(|(path, text)| (path.into(), text.into())));
    if !asked_for {
        return Err("approvals are not asked for: the folder is in force as it is".into());
    }
    let (mut node, _) = remembered.open_quiet(world);
    let by = Person { name: "local".into(), roles: Vec::new() };
    let request = ChangeRequest::Adopt { by, emergency: Some(reason.into()), files };
    let committed = node.take(&[Input::Change(Box::new(request))], server::now())?;
    match committed.replies.into_iter().next() {
        Some(Reply::Changed(Ok(number))) => {
            complain!("change {number} came into force WITHOUT APPROVAL: {reason}");
            say!(
                "somebody else has to look at it: hongyan change show {number}, hongyan change approve {number}"
            );
            Ok(ExitCode::SUCCESS)
        }
        Some(Reply::Changed(Err(why))) => Err(why.to_string().into()),
        _ => Err("the engine answered something else".into()),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).collect()
}

/// A change in a line.
fn line(json: &Value) -> String {
    let mut words_of = format!(
        "change {}  {:<9}  {}  by {}",
        json["number"],
        text(&json["state"]),
        text(&json["title"]),
        text(&json["maker"])
    );
    let by = words(&json["approved_by"]);
    if !by.is_empty() {
        words_of.push_str(&format!(", approved by {}", by.join(", ")));
    }
    let lacks = words(&json["lacks"]);
    if !lacks.is_empty() {
        words_of.push_str(&format!(", lacks {}", lacks.join("; ")));
    }
    if json["emergency"].is_object() {
        let looked =
            if json["emergency"]["reviewed"] == true { "looked at since" } else { "NOBODY HAS LOOKED AT IT" };
        words_of.push_str(&format!(", EMERGENCY ({}), {looked}", text(&json["emergency"]["reason"])));
    }
    for conflict in json["conflicts"].as_array().into_iter().flatten() {
        words_of.push_str(&format!(", {} is another since", text(&conflict["path"])));
    }
    words_of + "\n"
}

fn list(json: &Value) -> String {
    if json["asked_for"] != true {
        return "approvals are not asked for: the configuration folder is in force as it is".to_owned();
    }
    let changes: String = json["changes"].as_array().into_iter().flatten().map(line).collect();
    if changes.is_empty() { "no changes".to_owned() } else { changes }
}

fn waiting(json: &Value) -> String {
    let waits = words(&json["waits_for_start"]);
    if waits.is_empty() {
        String::new()
    } else {
        format!("runs from the next start on: {}\n", waits.join(", "))
    }
}

/// A change with everything that somebody who decides about it has to see.
fn show(json: &Value) -> String {
    let mut out = line(json);
    out.push_str(&format!("  why     {}\n  hash    {}\n", text(&json["reason"]), text(&json["hash"])));
    let each = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for need in each(&json["needs"]) {
        out.push_str(&format!(
            "  needs   {} with the role {} ({})\n",
            need["checkers"],
            words(&need["roles"]).join(" or "),
            text(&need["why"])
        ));
    }
    for review in each(&json["reviews"]) {
        let remark = text(&review["remark"]);
        let remark = if remark.is_empty() { remark } else { format!(": {remark}") };
        out.push_str(&format!(
            "  {:<8} by {} at {}{remark}\n",
            text(&review["says"]),
            text(&review["by"]),
            text(&review["at"])
        ));
    }
    let effect = &json["effect"];
    for kind in ["templates", "journeys"] {
        for one in each(&effect[kind]) {
            out.push_str(&format!(
                "  {:<8} {} {}\n",
                text(&one["is"]),
                kind.trim_end_matches('s'),
                text(&one["id"])
            ));
        }
    }
    for broadcast in each(&effect["broadcasts"]) {
        let preview = &broadcast["preview"];
        out.push_str(&format!(
            "  {}: {} people, {} to send, {}\n",
            text(&broadcast["path"]),
            preview["audience"],
            preview["to_send"],
            text(&preview["cost"])
        ));
    }
    for remark in words(&effect["remarks"]).into_iter().chain(words(&json["mistakes"])) {
        out.push_str(&format!("  {remark}\n"));
    }
    for file in each(&json["changes"]) {
        let name = |hash: &Value, side: &str| {
            if hash.is_null() { "/dev/null".to_owned() } else { format!("{side}/{}", text(&file["path"])) }
        };
        out.push_str(&format!(
            "--- {}\n+++ {}\n",
            name(&file["before"], "in-force"),
            name(&file["after"], "proposed")
        ));
        out.push_str(
            file["diff"].as_str().unwrap_or("(the ledger has it; it is too long ago to be shown)\n"),
        );
    }
    out
}
