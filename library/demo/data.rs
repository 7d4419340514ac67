//! The lists the demo bank is made of: names, cities, occupations, shops. All invented or common knowledge; the
//! shops do not exist. Numbers in front are weights, as likely one against the other.

/// Where a customer lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) zone: &'static str,
    /// How many hours later than at the bank the same clock time comes there (winter time; good enough for a curve).
    pub(super) hours_behind_bank: i64,
    /// Whether Uyghur names are common there.
    pub(super) uyghur: bool,
}

const fn city(name: &'static str) -> City {
    City { name, zone: "Asia/Shanghai", hours_behind_bank: 0, uyghur: false }
}

const fn xinjiang(name: &'static str) -> City {
    City { name, zone: "Asia/Urumqi", hours_behind_bank: 2, uyghur: true }
}

const fn british(name: &'static str) -> City {
    City { name, zone: "Europe/London", hours_behind_bank: 8, uyghur: false }
}

pub(super) const CITIES: [(u32, City); 36] = [
    (110, city("北京")),
    (115, city("上海")),
    (80, city("广州")),
    (85, city("深圳")),
    (60, city("杭州")),
    (55, city("成都")),
    (50, city("重庆")),
    (45, city("武汉")),
    (42, city("南京")),
    (42, city("苏州")),
    (35, city("西安")),
    (32, city("天津")),
    (30, city("长沙")),
    (28, city("郑州")),
    (26, city("青岛")),
    (24, city("宁波")),
    (22, city("合肥")),
    (20, city("东莞")),
    (20, city("佛山")),
    (18, city("济南")),
    (18, city("厦门")),
    (17, city("福州")),
    (16, city("沈阳")),
    (15, city("大连")),
    (14, city("昆明")),
    (12, city("哈尔滨")),
    (11, city("南昌")),
    (10, city("贵阳")),
    (9, city("太原")),
    (8, city("兰州")),
    (5, city("海口")),
    (28, xinjiang("乌鲁木齐")),
    (8, xinjiang("喀什")),
    (6, xinjiang("伊宁")),
    (8, british("伦敦")),
    (4, british("曼彻斯特")),
];

pub(super) const SURNAMES: [(u32, &str); 72] = [
    (72, "王"),
    (71, "李"),
    (67, "张"),
    (53, "刘"),
    (45, "陈"),
    (31, "杨"),
    (22, "黄"),
    (21, "赵"),
    (20, "吴"),
    (20, "周"),
    (14, "徐"),
    (14, "孙"),
    (13, "马"),
    (13, "朱"),
    (12, "胡"),
    (12, "郭"),
    (12, "何"),
    (11, "林"),
    (11, "高"),
    (11, "罗"),
    (10, "郑"),
    (10, "梁"),
    (9, "谢"),
    (9, "宋"),
    (9, "唐"),
    (8, "许"),
    (8, "邓"),
    (8, "韩"),
    (8, "冯"),
    (7, "曹"),
    (7, "彭"),
    (7, "曾"),
    (7, "肖"),
    (6, "田"),
    (6, "董"),
    (6, "潘"),
    (6, "袁"),
    (6, "蔡"),
    (6, "蒋"),
    (5, "余"),
    (5, "于"),
    (5, "杜"),
    (5, "叶"),
    (5, "程"),
    (5, "魏"),
    (5, "苏"),
    (5, "吕"),
    (5, "丁"),
    (4, "任"),
    (4, "卢"),
    (4, "姚"),
    (4, "沈"),
    (4, "钟"),
    (4, "姜"),
    (4, "崔"),
    (4, "谭"),
    (4, "陆"),
    (3, "范"),
    (3, "汪"),
    (3, "廖"),
    (3, "石"),
    (3, "金"),
    (3, "韦"),
    (3, "贾"),
    (3, "夏"),
    (3, "付"),
    (2, "方"),
    (2, "邹"),
    (1, "欧阳"),
    (1, "司马"),
    (1, "上官"),
    (1, "诸葛"),
];

pub(super) const GIVEN_FEMALE: [char; 48] = [
    '芳', '娜', '敏', '静', '丽', '艳', '娟', '霞', '燕', '玲', '婷', '雪', '慧', '莹', '倩', '琳', '颖',
    '佳', '欣', '怡', '悦', '萱', '涵', '梓', '诗', '雨', '晓', '月', '兰', '梅', '珍', '云', '洁', '璐',
    '瑶', '蕾', '薇', '菲', '楠', '岚', '秀', '英', '华', '凤', '媛', '彤', '宁', '思',
];

pub(super) const GIVEN_MALE: [char; 48] = [
    '伟', '强', '磊', '军', '洋', '勇', '杰', '涛', '明', '超', '刚', '平', '辉', '鹏', '飞', '鑫', '波',
    '斌', '宇', '浩', '凯', '健', '俊', '帆', '旭', '峰', '龙', '昊', '轩', '博', '文', '志', '建', '国',
    '海', '东', '林', '成', '毅', '恒', '泽', '瑞', '睿', '晨', '子', '天', '阳', '康',
];

pub(super) const UYGHUR_FEMALE: [&str; 8] =
    ["阿依古丽", "古丽娜尔", "热依汗", "帕提古丽", "迪丽努尔", "玛依拉", "祖丽皮亚", "阿米娜"];

pub(super) const UYGHUR_MALE: [&str; 8] =
    ["买买提", "艾力", "吐尔逊", "阿卜杜拉", "艾尔肯", "库尔班", "亚森", "伊力哈木"];

/// What a customer does for a living.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Occupation {
    pub(super) name: &'static str,
    /// Median income of a month, yuan.
    pub(super) income_yuan: i64,
    pub(super) age_min: i64,
    pub(super) age_max: i64,
}

const fn occupation(name: &'static str, income_yuan: i64, age_min: i64, age_max: i64) -> Occupation {
    Occupation { name, income_yuan, age_min, age_max }
}

pub(super) const OCCUPATIONS: [(u32, Occupation); 22] = [
    (120, occupation("企业职员", 9_500, 22, 58)),
    (90, occupation("工人", 6_800, 20, 58)),
    (75, occupation("个体经营者", 12_000, 24, 62)),
    (70, occupation("退休人员", 4_600, 56, 82)),
    (60, occupation("销售", 10_500, 22, 50)),
    (60, occupation("工程师", 18_000, 24, 58)),
    (55, occupation("教师", 9_200, 23, 60)),
    (50, occupation("软件开发", 22_000, 22, 45)),
    (50, occupation("店员", 5_600, 20, 55)),
    (45, occupation("公务员", 11_000, 23, 60)),
    (45, occupation("司机", 8_200, 23, 60)),
    (40, occupation("外卖骑手", 7_600, 20, 48)),
    (40, occupation("学生", 1_800, 20, 27)),
    (40, occupation("农户", 3_800, 25, 70)),
    (35, occupation("会计", 12_000, 23, 58)),
    (35, occupation("护士", 9_000, 22, 54)),
    (30, occupation("自由职业者", 8_000, 22, 55)),
    (25, occupation("医生", 16_000, 26, 62)),
    (20, occupation("厨师", 8_500, 22, 58)),
    (15, occupation("企业主", 42_000, 30, 65)),
    (10, occupation("律师", 26_000, 26, 60)),
    (10, occupation("设计师", 14_000, 23, 48)),
];

/// One kind of movement on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Category {
    pub(super) name: &'static str,
    /// Median amount for a customer with an income of 8,000 yuan a month; it grows with income.
    pub(super) median_fen: i64,
    /// See `Random::skewed`.
    pub(super) spread: i64,
    pub(super) merchants: [&'static str; 6],
}

const fn category(
    name: &'static str,
    median_fen: i64,
    spread: i64,
    merchants: [&'static str; 6],
) -> Category {
    Category { name, median_fen, spread, merchants }
}

pub(super) const SPENDING: [(u32, Category); 12] = [
    (
        260,
        category(
            "餐饮",
            4_200,
            1_100,
            ["巷口小面馆", "一品鲜饺子", "南塘火锅", "半山茶饮", "老街包子铺", "西江粥铺"],
        ),
    ),
    (
        200,
        category(
            "超市便利",
            5_600,
            1_100,
            ["福满邻超市", "晨光里便利店", "万家乐生鲜", "好邻居百货", "绿野果蔬", "四季粮油店"],
        ),
    ),
    (
        150,
        category(
            "网上购物",
            11_800,
            1_400,
            ["云集市商城", "拾光优选", "鹿角数码旗舰店", "棉语服饰", "小橙母婴", "山海户外"],
        ),
    ),
    (
        110,
        category(
            "交通出行",
            2_600,
            1_000,
            ["飞燕出行", "城市地铁", "顺途停车场", "蓝鲸共享单车", "长风加油站", "远方铁路票务"],
        ),
    ),
    (
        60,
        category(
            "生活缴费",
            9_800,
            900,
            ["市自来水公司", "城区供电所", "燃气服务站", "安居物业", "青禾宽带", "通讯话费充值"],
        ),
    ),
    (
        50,
        category(
            "医疗健康",
            16_500,
            1_500,
            ["市第一人民医院", "仁和大药房", "康宁体检中心", "明眸眼科", "社区卫生服务站", "百草堂药店"],
        ),
    ),
    (
        40,
        category(
            "教育培训",
            48_000,
            1_300,
            ["新芽少儿英语", "知行书店", "启明职业学校", "星河琴行", "墨香书画院", "乐学在线"],
        ),
    ),
    (
        40,
        category(
            "休闲娱乐",
            8_800,
            1_200,
            ["星幕影城", "跃动健身馆", "梦之桥游戏", "云上音乐", "清风茶楼", "欢畅量贩歌厅"],
        ),
    ),
    (
        20,
        category(
            "旅行住宿",
            62_000,
            1_300,
            ["云栖酒店", "海天度假村", "远行旅行社", "青石客栈", "鸿途机票", "古镇民宿"],
        ),
    ),
    (
        20,
        category(
            "家居电器",
            98_000,
            1_500,
            ["安和家具城", "北辰电器", "巧匠装饰", "暖阳家纺", "锐净家电维修", "木作工坊"],
        ),
    ),
    (
        40,
        category(
            "转账",
            80_000,
            1_900,
            ["跨行转账", "行内转账", "手机号转账", "亲友转账", "房租支付", "红包转账"],
        ),
    ),
    (10, category("取现", 100_000, 1_000, ["自助取款机"; 6])),
];

pub(super) const INCOME: [(u32, Category); 4] = [
    (
        45,
        category(
            "转账",
            60_000,
            1_800,
            ["他行来账", "行内转入", "亲友转入", "手机号转入", "货款", "红包转入"],
        ),
    ),
    (
        25,
        category(
            "退款",
            7_600,
            1_300,
            ["云集市商城", "拾光优选", "棉语服饰", "鸿途机票", "飞燕出行", "鹿角数码旗舰店"],
        ),
    ),
    (20, category("工资", 700_000, 300, ["工资代发"; 6])),
    (
        10,
        category(
            "利息",
            900,
            1_200,
            ["活期结息", "理财收益", "定期到期", "基金分红", "活期结息", "理财收益"],
        ),
    ),
];

/// How a customer pays in a shop or over the counter.
pub(super) const CHANNELS: [(u32, &str); 4] =
    [(48, "二维码支付"), (34, "快捷支付"), (13, "POS刷卡"), (5, "云闪付")];

/// How many of a customer's events fall into each hour of a day, out of some thousand: asleep until six, peaks at
/// lunch and after work.
pub(super) const TRANSACTION_HOURS: [(u32, i64); 24] =
    by_hour([9, 5, 3, 2, 2, 5, 16, 38, 58, 62, 60, 70, 92, 70, 52, 50, 52, 60, 82, 86, 72, 56, 36, 18]);

/// The same for logins, which come earlier and later than purchases.
pub(super) const LOGIN_HOURS: [(u32, i64); 24] =
    by_hour([12, 6, 4, 3, 3, 8, 22, 46, 70, 74, 66, 52, 58, 52, 48, 46, 44, 46, 52, 60, 70, 66, 48, 26]);

pub(super) const LOGIN_CHANNELS: [(u32, &str); 3] = [(86, "手机银行"), (9, "网上银行"), (5, "微信银行")];

const fn by_hour(weights: [u32; 24]) -> [(u32, i64); 24] {
    let mut hours = [(0, 0); 24];
    let mut hour = 0;
    while hour < 24 {
        hours[hour] = (weights[hour], hour as i64);
        hour += 1;
    }
    hours
}
