//! Believable people who do not exist: name, identity number with the right check digit, phone, health card.
//!
//! Pure: a person is a function of seed and reservation. Never take data of real people as a source.

use chrono::{Datelike, NaiveDate};

use super::dice::Dice;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

/// The person who made a reservation.
pub struct Person {
    pub name: String,
    pub idcard: String,
    pub birthdate: NaiveDate,
    pub sex: Sex,
    pub is_married: bool,
    pub is_pregnant: bool,
    pub mobile: String,
    pub erhc_no: String,
}

/// Key part that keeps a person's numbers apart from those of other things with the same seed.
const PERSON: u64 = 1;

/// Weights of the 17 digits before the check digit (GB 11643-1999).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// Check digit by weighted sum modulo 11 (GB 11643-1999).
const CHECK_DIGITS: [char; 11] = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'];

const HANGZHOU: [&str; 8] = ["330102", "330105", "330106", "330108", "330109", "330110", "330111", "330112"];

const ZHEJIANG: [&str; 14] = [
    "330203", "330212", "330281", "330302", "330382", "330402", "330482", "330502", "330602", "330702", "330802",
    "330902", "331002", "331102",
];

const MOBILE_PREFIXES: [&str; 18] = [
    "130", "133", "135", "136", "137", "138", "139", "150", "151", "152", "157", "158", "159", "182", "183", "187",
    "188", "189",
];

const SURNAMES: [&str; 44] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "高", "林",
    "郑", "沈", "俞", "金", "潘", "章", "楼", "蒋", "方", "叶", "钱", "傅", "卢", "施", "姚", "裘", "祝", "汪", "戴",
    "夏", "范", "应", "诸葛", "欧阳", "上官",
];

const MALE_CHARACTERS: [&str; 32] = [
    "伟", "强", "磊", "军", "勇", "杰", "涛", "明", "超", "刚", "平", "辉", "鹏", "华", "飞", "鑫", "波", "斌", "宇",
    "浩", "凯", "健", "俊", "帆", "帅", "旭", "宁", "龙", "林", "建", "国", "志",
];

const FEMALE_CHARACTERS: [&str; 32] = [
    "芳", "娜", "敏", "静", "丽", "艳", "娟", "霞", "燕", "玲", "婷", "雪", "慧", "莹", "洁", "琳", "颖", "佳", "倩",
    "梅", "兰", "红", "英", "萍", "蓉", "悦", "怡", "欣", "雨", "思", "晓", "文",
];

impl Person {
    /// The person of this reservation.
    pub fn of(seed: u64, reservation: u32) -> Person {
        let mut dice = dice(seed, reservation);
        let sex = throw_sex(&mut dice);
        let birthdate = throw_birthdate(&mut dice);
        let is_married = dice.chance(if birthdate.year() < 1996 { 0.85 } else { 0.25 });
        let can_be_pregnant = sex == Sex::Female && (1982..=2004).contains(&birthdate.year());
        Person {
            name: throw_name(&mut dice, sex),
            idcard: throw_idcard(&mut dice, birthdate, sex),
            birthdate,
            sex,
            is_married,
            is_pregnant: dice.chance(0.03) && can_be_pregnant,
            mobile: format!("{}{:08}", dice.pick(&MOBILE_PREFIXES), dice.below(100_000_000)),
            erhc_no: (0..4).map(|_| format!("{:016X}", dice.roll())).collect(),
        }
    }

    /// The sex alone, without making the rest.
    pub fn sex_of(seed: u64, reservation: u32) -> Sex {
        throw_sex(&mut dice(seed, reservation))
    }
}

fn dice(seed: u64, reservation: u32) -> Dice {
    Dice::new([seed, PERSON, u64::from(reservation), 0])
}

fn throw_sex(dice: &mut Dice) -> Sex {
    if dice.chance(0.5) { Sex::Male } else { Sex::Female }
}

/// Born 1946 to 2006, most of them around 1976.
fn throw_birthdate(dice: &mut Dice) -> NaiveDate {
    let year = 1946 + dice.below(31) + dice.below(31);
    NaiveDate::from_yo_opt(year as i32, 1 + dice.below(365)).unwrap_or_default()
}

fn throw_name(dice: &mut Dice, sex: Sex) -> String {
    let characters: &[&str] = match sex {
        Sex::Male => &MALE_CHARACTERS,
        Sex::Female => &FEMALE_CHARACTERS,
    };
    let mut name = format!("{}{}", dice.pick(&SURNAMES), dice.pick(characters));
    if dice.chance(0.7) {
        name.push_str(dice.pick::<&str>(characters));
    }
    name
}

fn throw_idcard(dice: &mut Dice, birthdate: NaiveDate, sex: Sex) -> String {
    let region = if dice.chance(0.7) { dice.pick(&HANGZHOU) } else { dice.pick(&ZHEJIANG) };
    // The last of the three sequence digits is odd for men, even for women.
    let sequence = 2 * dice.below(499) + if sex == Sex::Male { 1 } else { 2 };
    let digits = format!("{region}{}{sequence:03}", birthdate.format("%Y%m%d"));
    let check_digit = check_digit(&digits);
    format!("{digits}{check_digit}")
}

/// Check digit of the first 17 digits of an identity number (GB 11643-1999).
pub fn check_digit(digits: &str) -> char {
    let sum: u32 =
        digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight).sum();
    CHECK_DIGITS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digit_agrees_with_known_numbers() {
        // The standard's own examples, and the interface document's sample.
        assert_eq!(check_digit("11010519491231002"), 'X');
        assert_eq!(check_digit("44052418800101001"), '4');
        assert_eq!(check_digit("33048219930914001"), '4');
    }

    #[test]
    fn identity_number_agrees_with_birthdate_and_sex() {
        for reservation in 0..2_000 {
            let person = Person::of(42, reservation);
            assert_eq!(person.idcard.len(), 18);
            assert!(person.idcard.starts_with("33"));
            assert_eq!(person.idcard[6..14], person.birthdate.format("%Y%m%d").to_string());
            assert_eq!(person.idcard[16..17].parse::<u32>().unwrap() % 2 == 1, person.sex == Sex::Male);
            assert_eq!(person.idcard.chars().last().unwrap(), check_digit(&person.idcard[..17]));
            assert_eq!(person.sex, Person::sex_of(42, reservation));
        }
    }

    #[test]
    fn people_fit_the_interface() {
        for reservation in 0..2_000 {
            let person = Person::of(7, reservation);
            assert!((2..=4).contains(&person.name.chars().count()));
            assert_eq!(person.mobile.len(), 11);
            assert!(["13", "15", "18"].contains(&&person.mobile[..2]));
            assert_eq!(person.erhc_no.len(), 64);
            assert!(!person.is_pregnant || person.sex == Sex::Female);
        }
    }

    #[test]
    fn another_seed_is_another_person() {
        assert_ne!(Person::of(1, 0).idcard, Person::of(2, 0).idcard);
        assert_ne!(Person::of(1, 0).idcard, Person::of(1, 1).idcard);
    }
}
