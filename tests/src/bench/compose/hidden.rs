//! Hidden spellings of forbidden words, made by a seed: signs between, invisible characters, traditional characters, look-alikes,
//! homophones, digits, components, pinyin, and two of them at once.
//!
//! Its tables are made apart from the library's (`words/spellings.txt`), so that what is measured is not what was written
//! down. It measures nothing itself; `words` does.

/// Words that the lists forbid or want looked at.
pub const TERMS: [&str; 50] = [
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

/// How often a spelling is tried that came out as the word itself.
const TRIES: usize = 8;

/// A small generator: the same spellings on every machine.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let at = self.roll(list.len());
        list.get(at)
    }
}

/// One hidden spelling, never the word itself if it can be helped; every fourth is hidden in two ways.
pub fn hide(term: &str, number: usize, dice: &mut Dice) -> String {
    let mut hidden = term.to_owned();
    for _ in 0..TRIES {
        hidden = hide_once(term, number, dice);
        if hidden != term {
            break;
        }
    }
    hidden
}

fn hide_once(term: &str, number: usize, dice: &mut Dice) -> String {
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
