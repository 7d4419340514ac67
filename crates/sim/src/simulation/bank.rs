//! The configuration of a run: what ships, with three routes and a journey of long messages in place of the demo
//! route. The third is for rich messages: the first leg of the plan that some orders follow.

use crate::Dice;
use engine::world::{World, load};
use std::sync::Arc;

/// The routes, in the order of their carriers. The engine prefers the first.
pub(crate) const ROUTES: [&str; 3] = ["first", "second", "rich"];

/// The plan whose legs are the last of the routes, and then the others.
pub(crate) const PLAN: &str = "rcs-else-sms";

/// How many campaigns there are. Each has words of its own, so that whatever a carrier sees can be told apart.
pub(crate) const CAMPAIGNS: i64 = 4;

/// A run's configuration.
///
/// # Errors
/// What ships has mistakes.
pub(crate) fn world(dice: &mut Dice) -> Result<Arc<World>, String> {
    let mut files: Vec<(String, String)> = library::files()
        .filter(|(path, _)| !path.starts_with("routes/"))
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
    files.push(("templates/note.toml".to_owned(), TEMPLATE.to_owned()));
    files.push(("journeys/note.toml".to_owned(), JOURNEY.to_owned()));
    files.push(("templates/reminder.toml".to_owned(), REMINDER.to_owned()));
    files.push(("journeys/reminder.toml".to_owned(), WAITING.to_owned()));
    files.push(("accounts/core.toml".to_owned(), ACCOUNT.to_owned()));
    for n in 0..CAMPAIGNS {
        // Every other one is long: its later parts may wait for their turn while its reader refuses.
        let praise = if n % 2 == 0 { "" } else { &PRAISE.repeat(4) };
        let template = CAMPAIGN.replace("NUMBER", &n.to_string()).replace("PRAISE", praise);
        files.push((format!("templates/campaign-{n}.toml"), template));
    }
    let both = [
        "\"customer_service\", \"marketing\", \"risk_notice\"",
        "\"customer_service\", \"technical_support\", \"regulatory\", \"marketing\"",
        "\"customer_service\", \"technical_support\"",
    ];
    // Whether service goes the way of marketing, or its own.
    let apart = dice.permille(500);
    for (number, (name, classes)) in ROUTES.into_iter().zip(both).enumerate() {
        let preference = if number == 0 || apart { 1 } else { 2 };
        let classes = match (apart, number) {
            (_, 2) => classes,
            (true, 0) => "\"marketing\"",
            (true, _) => "\"customer_service\", \"risk_notice\", \"technical_support\", \"regulatory\"",
            (false, _) => classes,
        };
        let tps = match dice.below(3) {
            0 => String::new(),
            _ => format!("tps = {}\n", dice.between(1, 60)),
        };
        let channel = if number == 2 { "channel = \"rcs\"\n" } else { "" };
        let queries = dice.permille(700);
        // Some carriers' refusals mean that another should be asked.
        let errors = if dice.permille(500) { "[errors]\n\"0x0b\" = \"reroute\"\n" } else { "" };
        let how = *dice.pick(&["udh", "udh16", "sar"]).unwrap_or(&"udh");
        let (window, binds) = (dice.between(1, 60), dice.between(1, 3));
        let route = format!(
            "id = \"{name}\"\nclasses = [{classes}]\nprice_yuan = \"0.035\"\npreference = {preference}\nsignature = \"head\"\n\
             concatenation = \"{how}\"\nsource = \"10690000{number}\"\n{tps}window = {window}\nbinds = {binds}\nreceipt_wait = \"24h\"\n{channel}[smpp]\n\
             address = \"127.0.0.1:2775\"\nsystem_id = \"bank{number}\"\npassword = \"secret\"\nsystem_type = \"\"\n\
             bind = \"transceiver\"\nresponse_timeout = \"10s\"\nenquire_after = \"300s\"\nqueries = {queries}\n{errors}"
        );
        files.push((format!("routes/{name}.toml"), route));
    }
    let lines = |mistakes: Vec<engine::world::Mistake>| {
        mistakes
            .iter()
            .map(|m| format!("{}:{}: {}", m.file, m.line, m.message))
            .collect::<Vec<_>>()
            .join("\n")
    };
    load(&files).map(Arc::new).map_err(lines)
}

const ACCOUNT: &str = "id = \"core\"\ndepartment = \"retail\"\nclasses = [\"customer_service\", \"technical_support\"]\n\
                       class = \"customer_service\"\nextension = \"77\"\n";

const TEMPLATE: &str = "id = \"note\"\nclass = \"customer_service\"\nlanguage = \"zh-CN\"\nparts_max = 10\n\
                        text = \"{{ words }}\"\n[variables]\nwords = { type = \"text(400)\", from = \"event.words\" }\n";

/// What nobody answers with another note is said again; words of its own, so that a carrier's customer can tell the two.
const REMINDER: &str = "id = \"reminder\"\nclass = \"customer_service\"\nlanguage = \"zh-CN\"\nparts_max = 10\n\
                        text = \"再次提醒：{{ words }}\"\n[variables]\nwords = { type = \"text(400)\", from = \"event.words\" }\n";

const WAITING: &str = "id = \"reminder\"\nversion = 1\nclass = \"customer_service\"\n[trigger]\nevent = \"note\"\n\
                       [[exits]]\nevent = \"transaction\"\nwhen = \"got.amount > 50000.0\"\n\
                       [[steps]]\nwait_for = \"note\"\ntimeout = \"15m\"\notherwise = \"late\"\n[[steps]]\nexit = true\n\
                       [[steps]]\nname = \"late\"\ntag = { late = true }\n[[steps]]\nwait = { until = \"10:30\" }\n\
                       [[steps]]\nsend = \"reminder\"\n";

const PRAISE: &str = "本期有定期存款与稳健理财，起点与期限任选，网点与手机银行均可办理。";

const CAMPAIGN: &str = "id = \"campaign-NUMBER\"\nclass = \"marketing\"\nsubtype = \"offer\"\nlanguage = \"zh-CN\"\nparts_max = 4\n\
                        text = \"{{ name }}您好，第NUMBER期财富活动已开始，PRAISE详情请登录本行手机银行查看。理财非存款，产品有风险，投资须谨慎。拒收请回复R\"\n\
                        [variables]\nname = { type = \"name\", from = \"customer.name\" }\n";

const JOURNEY: &str = "id = \"note\"\nversion = 1\nclass = \"customer_service\"\n[trigger]\nevent = \"note\"\n\
                       [[steps]]\nsend = \"note\"\n";
