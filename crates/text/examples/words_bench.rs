//! How well and how fast words are found: 100 hidden spellings of each of 50 words, made here by a seed; ordinary messages
//! from a CSV on stdin (columns `text` and `class`), when asked for; microseconds per 70 characters. One JSON line, and an
//! error when a bar of `docs/compose.md` is missed. It measures and changes nothing.
//!
//! `gunzip -c FILE.csv.gz | cargo run --release -p hongyan-text --example words_bench -- -`

use std::error::Error;
use std::io::Read;
use std::time::Instant;
use text::words::{Action, Checker, Context, Day, Signature};

const LISTS: [(&str, &str); 2] = [
    ("cn.words", include_str!("../../../library/words/cn.words")),
    ("en.words", include_str!("../../../library/words/en.words")),
];
const SPELLINGS: (&str, &str) = ("spellings.txt", include_str!("../../../library/words/spellings.txt"));

const TERMS: [&str; 50] = [
    "国家级",
    "最高级",
    "最佳",
    "保本",
    "无风险",
    "保收益",
    "保本保息",
    "零风险",
    "零亏损",
    "稳赚不赔",
    "稳赚",
    "包赚",
    "只赚不赔",
    "稳赢",
    "必涨",
    "躺赚",
    "绝对安全",
    "保证收益",
    "保底收益",
    "刚性兑付",
    "本息无忧",
    "本金无忧",
    "专家推荐",
    "权威推荐",
    "明星代言",
    "低风险",
    "低门槛",
    "秒到账",
    "高收益",
    "零门槛",
    "秒下款",
    "秒放款",
    "秒批",
    "人人可贷",
    "无视征信",
    "不看征信",
    "黑户可贷",
    "免审核",
    "无需审核",
    "必下款",
    "超高收益",
    "高额回报",
    "唯一",
    "顶级",
    "独一无二",
    "绝无仅有",
    "爆通讯录",
    "让你坐牢",
    "后果自负",
    "上门催收",
];

/// What each character is also written as, one table for each way of hiding. Made apart from the library's table.
const TRADITIONAL: &str = "国國级級无無风風险險收収证證稳穩赚賺赔賠赢贏涨漲绝絕对對刚剛兑兌忧憂专專荐薦权權门門\
    槛檻账賬贷貸视視户戶审審额額报報顶頂独獨讯訊录錄让讓负負亏虧损損";
const LOOKS: &str = "保葆保堡本夲本苯国囯无旡风凤风枫险检险捡收収佳隹高髙低抵级极息熄亏污稳隐赔陪必心涨张包饱\
    全金刚钢兑说付府忧优金全专传门们秒妙到倒款歀可何贷货信佶看着查杳户尸审宙额颔报极唯惟顶项独狼爆瀑坐座最撮益溢";
const SOUNDS: &str = "保宝保报本奔无吴无五风封风丰险线险显收手益意益易级及级集国果家加最醉最罪佳加高搞低底低地息西息希\
    零灵零铃亏愧损孙稳文稳问赚转赚专赔配只之不布赢应必币必毕涨长躺汤绝决对队安按全权证正保抱底地收寿刚钢性型兑队付服\
    忧有金今专砖推腿荐件权全威围明名星心代待言研门们槛坎秒苗到道账张放方款宽批皮人仁可客贷带视是看砍信新征正黑嘿户护\
    免棉审深核合需须高糕超炒额鹅回会报豹唯为一衣顶丁独读二而有又爆报通同讯寻录路让嚷你泥坐做牢劳后厚果国自字负付上尚催崔";
const DIGITS: &str = "零0零〇零０零O一1一壹一①二2二贰二②";
const SPLITS: &[(char, &str)] = &[
    ('保', "亻呆"),
    ('佳', "亻圭"),
    ('低', "亻氐"),
    ('险', "阝佥"),
    ('级', "纟及"),
    ('息', "自心"),
    ('零', "雨令"),
    ('稳', "禾急"),
    ('赚', "贝兼"),
    ('赔', "贝咅"),
    ('涨', "氵张"),
    ('绝', "纟色"),
    ('证', "讠正"),
    ('忧', "忄尤"),
    ('秒', "禾少"),
    ('到', "至刂"),
    ('账', "贝长"),
    ('贷', "代贝"),
    ('批', "扌比"),
    ('核', "木亥"),
    ('唯', "口隹"),
    ('槛', "木监"),
    ('推', "扌隹"),
    ('黑', "里灬"),
    ('爆', "火暴"),
    ('牢', "宀牛"),
    ('收', "丩攵"),
];
const PINYIN: &str = "国guo家jia级ji最zui高gao佳jia保bao本ben无wu风feng险xian收shou益yi息xi零ling亏kui损sun稳wen\
    赚zhuan不bu赔pei包bao只zhi赢ying必bi涨zhang躺tang绝jue对dui安an全quan证zheng底di刚gang性xing兑dui付fu忧you\
    金jin专zhuan推tui荐jian权quan威wei明ming星xing代dai言yan低di门men槛kan秒miao到dao账zhang下xia款kuan放fang\
    批pi人ren可ke贷dai视shi征zheng信xin看kan黑hei户hu免mian审shen核he需xu超chao额e回hui报bao唯wei一yi顶ding\
    独du二er仅jin有you爆bao通tong讯xun录lu让rang你ni坐zuo牢lao后hou果guo自zi负fu上shang催cui家jia";
const SIGNS: [&str; 16] =
    [" ", "\u{3000}", ".", "*", "-", "_", "·", "|", "/", "~", "★", "❤", "#", "+", "…", "、"];
const INVISIBLE: [&str; 6] = ["\u{200B}", "\u{200D}", "\u{FEFF}", "\u{2060}", "\u{AD}", "\u{FE0F}"];

const SPELLINGS_PER_TERM: usize = 100;
const CAUGHT_MIN: f64 = 0.98;
const FALSE_STOPS_MAX: f64 = 0.002;
const MICROSECONDS_MAX: f64 = 10.0;
const ROUNDS: usize = 200;
const REPEATS: usize = 50;

const MESSAGES: [&str; 6] = [
    "您尾号0428的账户于5月6日09:58在某某超市消费人民币88.50元，可用余额1,200.00元，如有疑问请致电95588。【鸿雁银行】",
    "【鸿雁银行】验证码482913，5分钟内有效，请勿告诉他人，包括银行工作人员。",
    "【鸿雁银行】本期理财为非保本浮动收益型，风险等级为中低风险，投资有风险，选择须谨慎。拒收请回复R",
    "【鸿雁银行】零钱通新客专享，本周存入满一万元送话费，稳·赚·不·赔，名额有限，拒收请回复R",
    "Rs.1,23,456.78 debited from A/c XX0428 on 06-05-26 to TEA HOUSE. Avl Bal Rs 2,000.00. Not you? Call 18000000",
    "Invest with us: guaranteed r e t u r n s every month, no credit check, everyone approved. Reply STOP to opt out.",
];

/// A small generator: the same spellings on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = self.roll(list.len());
        list.get(at)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let checker = Checker::new(LISTS, SPELLINGS).map_err(|mistakes| format!("{mistakes:?}"))?;
    let on = Day::parse("2026-11-01").ok_or("expected a day")?;
    let context = Context { class: None, on, opt_out: None, signature: Signature::Any, lender: None };
    let (caught, made) = evasions(&checker, &context);
    let microseconds = speed(&checker, &context);
    let ordinary = ordinary(&checker, &context)?;
    println!(
        "{{\"bench\":\"words\",\"terms\":{},\"spellings\":{made},\"caught\":{caught:.4},\"us_per_70_characters\":{microseconds:.2}{ordinary}}}",
        TERMS.len()
    );
    if caught < CAUGHT_MIN || microseconds > MICROSECONDS_MAX {
        return Err(format!("expected {CAUGHT_MIN} caught in {MICROSECONDS_MAX} us").into());
    }
    Ok(())
}

/// The share of hidden spellings that are found, and how many there were.
fn evasions(checker: &Checker, context: &Context<'_>) -> (f64, u32) {
    let mut dice = Dice(5);
    let (mut made, mut caught) = (0_u32, 0_u32);
    for term in TERMS {
        let mut missed = Vec::new();
        for number in 0..SPELLINGS_PER_TERM {
            let mut hidden = term.to_owned();
            for _ in 0..8 {
                hidden = hide(term, number, &mut dice);
                if hidden != term {
                    break;
                }
            }
            let before = ["", "新品", "【鸿雁银行】本期产品", "客户您好，"][dice.roll(4)];
            let after = ["", "！", "，欢迎咨询", "的选择"][dice.roll(4)];
            let text = format!("{before}{hidden}{after}");
            made += 1;
            let end = before.len() + hidden.len();
            let report = checker.check(&text, context);
            if report.hits.iter().any(|hit| hit.place.start < end && hit.place.end > before.len()) {
                caught += 1;
            } else {
                missed.push(hidden);
            }
        }
        if !missed.is_empty() {
            eprintln!("{term}: missed {}", missed.join(" | "));
        }
    }
    (f64::from(caught) / f64::from(made.max(1)), made)
}

/// One hidden spelling; every fourth is hidden in two ways.
fn hide(term: &str, number: usize, dice: &mut Dice) -> String {
    let pieces: Vec<String> = term.chars().map(String::from).collect();
    let way = number % 10;
    let once = swap(&pieces, way, dice);
    let pieces = if number % 4 == 3 { swap(&once, [0, 1, 2][dice.roll(3)], dice) } else { once };
    pieces.concat()
}

fn swap(pieces: &[String], way: usize, dice: &mut Dice) -> Vec<String> {
    let table = match way {
        3 => TRADITIONAL,
        4 => LOOKS,
        5 => SOUNDS,
        6 => DIGITS,
        _ => "",
    };
    match way {
        0 | 1 | 9 => between(pieces, &SIGNS, way == 0, dice),
        2 => between(pieces, &INVISIBLE, dice.roll(2) == 0, dice),
        7 => each(pieces, dice, |c, _| {
            SPLITS.iter().find(|(of, _)| *of == c).map(|(_, parts)| (*parts).to_owned())
        }),
        8 => pinyin(pieces, dice),
        _ => each(pieces, dice, |c, dice| {
            let characters: Vec<char> = table.chars().filter(|c| !c.is_whitespace()).collect();
            let ways: Vec<char> =
                characters.chunks(2).filter(|pair| pair[0] == c).map(|pair| pair[1]).collect();
            dice.pick(&ways).map(ToString::to_string)
        }),
    }
}

/// Replaces one or more pieces that have another form; when none has, puts signs between.
fn each(pieces: &[String], dice: &mut Dice, form: impl Fn(char, &mut Dice) -> Option<String>) -> Vec<String> {
    let mut swapped = pieces.to_vec();
    let forms: Vec<(usize, String)> = pieces
        .iter()
        .enumerate()
        .filter_map(|(at, piece)| Some((at, form(piece.chars().next()?, dice)?)))
        .collect();
    let Some((at, form)) = dice.pick(&forms).cloned() else { return between(pieces, &SIGNS, true, dice) };
    swapped[at] = form;
    swapped
}

fn between(pieces: &[String], signs: &[&str], everywhere: bool, dice: &mut Dice) -> Vec<String> {
    let only = dice.roll(pieces.len().saturating_sub(1));
    let sign = dice.pick(signs).copied().unwrap_or(" ");
    let joined = pieces.iter().enumerate().map(|(at, piece)| {
        let stands = at + 1 < pieces.len() && (everywhere || at == only);
        if stands { format!("{piece}{sign}") } else { piece.clone() }
    });
    joined.collect()
}

fn pinyin(pieces: &[String], dice: &mut Dice) -> Vec<String> {
    let whole = dice.roll(2) == 0;
    let only = dice.roll(pieces.len());
    let space = if dice.roll(2) == 0 { " " } else { "" };
    let spelled = pieces.iter().enumerate().map(|(at, piece)| {
        let syllable: String = PINYIN
            .split_once(piece.as_str())
            .map(|(_, rest)| rest.trim_start().chars().take_while(char::is_ascii_lowercase).collect())
            .unwrap_or_default();
        if syllable.is_empty() || !(whole || at == only) {
            piece.clone()
        } else {
            format!("{syllable}{space}")
        }
    });
    spelled.collect()
}

/// Microseconds per 70 characters, the best of many rounds.
fn speed(checker: &Checker, context: &Context<'_>) -> f64 {
    let characters: usize = MESSAGES.iter().map(|message| message.chars().count()).sum();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        for _ in 0..REPEATS {
            for message in MESSAGES {
                std::hint::black_box(checker.check(message, context));
            }
        }
        best = best.min(began.elapsed().as_secs_f64());
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand characters")]
    let parts = (characters * REPEATS) as f64 / 70.0;
    best * 1e6 / parts
}

/// What ordinary messages bring, as the rest of the JSON line. All but `scam` are ordinary; each is judged as its own class
/// and once more as if it were marketing, which asks every rule.
fn ordinary(checker: &Checker, context: &Context<'_>) -> Result<String, Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() != Some("-") {
        eprintln!("ordinary messages: skipped, expected `-` and a CSV on stdin");
        return Ok(String::new());
    }
    let mut source = String::new();
    std::io::stdin().read_to_string(&mut source)?;
    let rows = csv(&source);
    let column = |name: &str| {
        rows.first()
            .and_then(|row| row.iter().position(|cell| cell == name))
            .ok_or("expected columns text and class")
    };
    let (text, class) = (column("text")?, column("class")?);
    let (mut messages, mut own, mut all, mut looked) = (0_u32, 0_u32, 0_u32, 0_u32);
    for row in rows.iter().skip(1).filter(|row| row.get(class).is_some_and(|class| class != "scam")) {
        let (Some(text), Some(class)) = (row.get(text), row.get(class)) else { continue };
        messages += 1;
        let stops = |class: Option<&str>, action: Action| {
            checker.check(text, &Context { class, ..*context }).hits.iter().any(|hit| hit.action == action)
        };
        own += u32::from(stops(Some(class), Action::Block));
        looked += u32::from(stops(None, Action::Review));
        if stops(None, Action::Block) {
            all += 1;
        }
        for hit in checker.check(text, context).hits {
            eprintln!("{:?} {} {:?} in {class}: {}", hit.action, hit.word, hit.how, &text[hit.place]);
        }
    }
    let share = |count: u32| f64::from(count) / f64::from(messages.max(1));
    let line = format!(
        ",\"ordinary\":{messages},\"false_stops\":{:.4},\"false_stops_by_every_rule\":{:.4},\"looks_by_every_rule\":{:.4}",
        share(own),
        share(all),
        share(looked)
    );
    if share(own) > FALSE_STOPS_MAX {
        return Err(format!("expected at most {FALSE_STOPS_MAX} false stops, found {line}").into());
    }
    Ok(line)
}

/// The rows of a CSV with quoted cells.
fn csv(source: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = source.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            _ => cell.push(c),
        }
    }
    rows
}
