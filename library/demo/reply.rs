//! What the demo bank's customers answer. Most answer nothing; some of those who do type carelessly, as people do.

use super::random::{Purpose, Random};

/// The habits of a bank's customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replies {
    seed: u64,
}

/// The habits of the customers of a bank with this seed.
pub const fn replies(seed: u64) -> Replies {
    Replies { seed }
}

impl Replies {
    /// What the recipient of a message answers: nothing, most of the time. Depends on the seed, on `message_seq` (any
    /// number that tells messages apart) and on what kind of message the text looks like:
    ///
    /// - marketing (it says how to refuse): 2 of 100 refuse, 1 wants to know more, 1 says something else
    /// - a verification code: 1 of 1,000 answers, because they did not ask for it
    /// - anything else: 1 of 100 answers, by thanks or with a question
    pub fn reply_to(&self, message_seq: u64, text: &str) -> Option<&'static str> {
        let mut random = Random::new(self.seed, Purpose::Reply, message_seq, 0);
        let chance = random.below(100_000) as u32;
        let says_how_to_refuse = text.contains("拒收") || text.contains("退订");
        if says_how_to_refuse && !text.contains("已退订") {
            one_in_hundred_thousand(&TO_MARKETING, chance)
        } else if text.contains("验证码") {
            one_in_hundred_thousand(&TO_CODES, chance)
        } else {
            one_in_hundred_thousand(&TO_SERVICE, chance)
        }
    }
}

/// The answer `chance` (0 to 99,999) falls on; each is as wide as the number in front of it.
fn one_in_hundred_thousand(answers: &[(u32, &'static str)], chance: u32) -> Option<&'static str> {
    let mut left = chance;
    for (width, answer) in answers {
        if left < *width {
            return Some(answer);
        }
        left -= width;
    }
    None
}

const TO_MARKETING: [(u32, &str); 22] = [
    (520, "R"),
    (180, "r"),
    (300, "退订"),
    (260, "TD"),
    (160, "T"),
    (80, "td"),
    (60, "Ｔ"),
    (50, "ＴＤ"),
    (50, "N"),
    (40, "退 订"),
    (40, "Td。"),
    (40, "【TD】"),
    (30, "退訂"),
    (30, "回复R"),
    (40, "我要退订服务"),
    (80, "别再发了"),
    (40, "投诉你们"),
    (700, "1"),
    (200, "了解一下"),
    (100, "利率多少？"),
    (500, "谢谢"),
    (100, "你是谁"),
];

const TO_CODES: [(u32, &str); 3] = [(60, "不是我操作的"), (25, "谢谢"), (15, "？")];

const TO_SERVICE: [(u32, &str); 11] = [
    (300, "谢谢"),
    (250, "收到"),
    (180, "查询余额"),
    (60, "1"),
    (60, "转人工"),
    (40, "这笔不是我消费的"),
    (30, "退订"),
    (20, "TD"),
    (20, "号码换了"),
    (20, "盗刷！！"),
    (20, "投诉"),
];
