//! Names of places that exist nowhere: two or three characters each, with their pinyin, distinct in both scripts.

use std::collections::BTreeSet;

use super::dice::Dice;
use crate::network::Name;

const FIRST: [(&str, &str); 64] = [
    ("Qing", "青"),
    ("Long", "龙"),
    ("Shi", "石"),
    ("Bai", "白"),
    ("Huang", "黄"),
    ("Da", "大"),
    ("Xiao", "小"),
    ("Chang", "长"),
    ("Yun", "云"),
    ("Jin", "金"),
    ("Yin", "银"),
    ("Tong", "桐"),
    ("Shuang", "双"),
    ("San", "三"),
    ("Si", "四"),
    ("Wu", "五"),
    ("Jiu", "九"),
    ("Tian", "天"),
    ("Yu", "玉"),
    ("Gao", "高"),
    ("Hong", "红"),
    ("Hei", "黑"),
    ("Feng", "凤"),
    ("He", "鹤"),
    ("Ma", "马"),
    ("Niu", "牛"),
    ("Yang", "羊"),
    ("Mu", "木"),
    ("Zhu", "竹"),
    ("Song", "松"),
    ("Bo", "柏"),
    ("Liu", "柳"),
    ("Tao", "桃"),
    ("Li", "李"),
    ("Mei", "梅"),
    ("Gui", "桂"),
    ("Lan", "兰"),
    ("Cha", "茶"),
    ("Dao", "稻"),
    ("Mai", "麦"),
    ("Sha", "沙"),
    ("Ni", "泥"),
    ("Quan", "泉"),
    ("Jiang", "江"),
    ("Dong", "东"),
    ("Xi", "西"),
    ("Nan", "南"),
    ("Bei", "北"),
    ("Shang", "上"),
    ("Xia", "下"),
    ("Yong", "永"),
    ("Fu", "福"),
    ("Shou", "寿"),
    ("An", "安"),
    ("Ping", "平"),
    ("Tai", "太"),
    ("Xing", "兴"),
    ("Ren", "仁"),
    ("Yi", "义"),
    ("Guang", "光"),
    ("Ming", "明"),
    ("Yue", "月"),
    ("Zi", "紫"),
    ("Cui", "翠"),
];

const SECOND: [(&str, &str); 36] = [
    ("hekou", "河口"),
    ("ba", "坝"),
    ("ping", "坪"),
    ("ya", "垭"),
    ("gou", "沟"),
    ("wan", "湾"),
    ("liang", "梁"),
    ("shan", "山"),
    ("shui", "水"),
    ("yan", "岩"),
    ("dong", "洞"),
    ("qiao", "桥"),
    ("chang", "场"),
    ("tan", "滩"),
    ("xi", "溪"),
    ("quan", "泉"),
    ("lin", "林"),
    ("zhai", "寨"),
    ("miao", "庙"),
    ("ta", "塔"),
    ("jing", "井"),
    ("tang", "塘"),
    ("yuan", "源"),
    ("guan", "关"),
    ("men", "门"),
    ("cao", "槽"),
    ("bao", "堡"),
    ("zui", "嘴"),
    ("pu", "铺"),
    ("feng", "峰"),
    ("tian", "田"),
    ("he", "河"),
    ("gang", "岗"),
    ("keng", "坑"),
    ("jia", "家"),
    ("cheng", "城"),
];

/// Places that exist and are known to all, and words that nobody gives to a village.
const UNSUITABLE: [&str; 40] = [
    "黄泉", "九泉", "长城", "黄河", "黄山", "黄石", "银河", "黑洞", "天山", "天门", "天河", "天桥", "天坑", "江门",
    "江城", "江山", "江河", "金门", "金山", "玉门", "玉林", "红场", "红塔", "大家", "大坑", "上家", "下家", "黑河",
    "白城", "白山", "龙岩", "龙门", "石门", "石林", "三门", "马关", "桐城", "梅关", "安庙", "小三",
];

/// Hands out names, none of them twice.
pub(super) struct Namer {
    dice: Dice,
    taken: BTreeSet<String>,
}

impl Namer {
    pub(super) fn new(dice: Dice) -> Self {
        Self { dice, taken: BTreeSet::new() }
    }

    /// The next name.
    pub(super) fn name(&mut self) -> Name {
        loop {
            let ((en, zh), (tail_en, tail_zh)) = (*self.dice.pick(&FIRST), *self.dice.pick(&SECOND));
            let name = Name { en: format!("{en}{tail_en}"), zh: format!("{zh}{tail_zh}") };
            // "Tiantian", "Changchang" sound like nicknames.
            let is_doubled = en.to_lowercase() == tail_en;
            let is_suitable = !is_doubled && !UNSUITABLE.contains(&name.zh.as_str());
            if is_suitable && self.taken.insert(name.en.clone()) {
                return name;
            }
        }
    }
}

/// The same name with a word after it in each language.
pub(super) fn with_suffix(name: &Name, en: &str, zh: &str) -> Name {
    Name { en: format!("{}{en}", name.en), zh: format!("{}{zh}", name.zh) }
}
