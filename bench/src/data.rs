//! The people of the data sets: the same for the same size, of many names and scripts, in groups.

use crate::failure::Result;
use serde_json::json;
use std::io::Write;

/// What the rows are like. Data sets of another version are made anew.
pub(crate) const VERSION: u32 = 1;

/// How many groups there are.
pub(crate) const GROUPS: u64 = 50;

const FIRST: [&str; 40] = [
    "Ana",
    "Zoë",
    "Łukasz",
    "José",
    "Øyvind",
    "Chloé",
    "Jürgen",
    "İpek",
    "Ольга",
    "Дмитрий",
    "Νίκος",
    "Ελένη",
    "美咲",
    "大翔",
    "Thị Hương",
    "Siobhán",
    "Mateo",
    "Fatima",
    "Noah",
    "Olivia",
    "Wei",
    "Priya",
    "Arjun",
    "Kwame",
    "Amara",
    "Liam",
    "Emma",
    "Søren",
    "Björk",
    "Ángel",
    "Çağla",
    "Renée",
    "Marek",
    "Željko",
    "Ines",
    "Tariq",
    "Yusuf",
    "Hannah",
    "Ida",
    "Ravi",
];

const LAST: [&str; 40] = [
    "Nguyễn",
    "García",
    "Müller",
    "Kowalski",
    "O’Brien",
    "Åkesson",
    "Silva",
    "Rossi",
    "Иванова",
    "Παπαδόπουλος",
    "田中",
    "Smith",
    "Johnson",
    "van den Berg",
    "Şahin",
    "Novák",
    "Horváth",
    "Dubois",
    "Kim",
    "Patel",
    "Okafor",
    "Hansen",
    "Jónsdóttir",
    "Lefèvre",
    "Schmidt-Weiß",
    "Costa",
    "Yilmaz",
    "Popescu",
    "Fernández",
    "Sato",
    "Cohen",
    "Haddad",
    "Mensah",
    "Larsen",
    "Marino",
    "Fischer",
    "Bauer",
    "Petrov",
    "Ito",
    "Quiroga",
];

const TITLES: [&str; 5] = [
    "Analyst",
    "Lead",
    "Head of Sales",
    "Ingénieur",
    "Werkstudent",
];

/// The address of a user: numbers begin with 1.
pub(crate) fn email(number: u64) -> String {
    format!("{EMAIL_START}{number}{EMAIL_END}")
}

/// How addresses begin, before the number.
pub(crate) const EMAIL_START: &str = "user";
/// How addresses end, behind the number.
pub(crate) const EMAIL_END: &str = "@bench.example";

/// A number that follows from another and looks like any.
fn mixed(number: u64, salt: u64) -> u64 {
    // SplitMix64.
    let mut mixed = number
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(salt.wrapping_mul(0xd1b5_4a32_d192_ed03));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn pick<'a>(words: &[&'a str], number: u64, salt: u64) -> &'a str {
    let count = u64::try_from(words.len()).unwrap_or(1).max(1);
    let at = usize::try_from(mixed(number, salt) % count).unwrap_or(0);
    words.get(at).copied().unwrap_or_default()
}

/// The name of a group: numbers begin with 1.
fn group(number: u64) -> String {
    format!("Team {number:02}")
}

/// A user as `roster import` takes it. One in ten is deleted, one in ten pending, one in twenty without a name.
fn user(number: u64) -> serde_json::Value {
    let standing = mixed(number, 1) % 10;
    let name = match mixed(number, 2) % 20 {
        0 => None,
        _ => Some(format!(
            "{} {}",
            pick(&FIRST, number, 3),
            pick(&LAST, number, 4)
        )),
    };
    let role = match mixed(number, 5) % 100 {
        0..20 => "analyst",
        20..40 => "explorer",
        _ => "user",
    };
    let first = mixed(number, 6) % GROUPS;
    let second = (first + 1 + mixed(number, 7) % (GROUPS - 1)) % GROUPS;
    let title = mixed(number, 8)
        .is_multiple_of(2)
        .then(|| pick(&TITLES, number, 9));
    json!({
        "type": "user",
        "email": email(number),
        "name": name,
        "title": title,
        "role": role,
        "is_activated": standing != 1,
        "is_deleted": standing == 0,
        "groups": [group(first + 1), group(second + 1)],
    })
}

/// Writes a file for `roster import`, an object a line.
pub(crate) fn write(file: &mut impl Write, users: u64) -> Result<()> {
    for number in 1..=GROUPS {
        writeln!(file, "{}", json!({"type": "group", "name": group(number)}))?;
    }
    for number in 1..=users {
        writeln!(file, "{}", user(number))?;
    }
    Ok(())
}

/// Users who are active and have a password: the hash is of one and the same for all.
pub(crate) fn write_with_password(file: &mut impl Write, users: u64, hash: &str) -> Result<()> {
    for number in 1..=users {
        let (email, role) = (email(number), "user");
        let user = json!({"type": "user", "email": email, "role": role, "password_hash": hash});
        writeln!(file, "{user}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_gives_the_same_file() {
        let file = |users| {
            let mut file = Vec::new();
            write(&mut file, users).unwrap();
            String::from_utf8(file).unwrap()
        };
        let hundred = file(100);
        assert_eq!(hundred, file(100));
        assert!(file(200).starts_with(&hundred));
        assert_eq!(hundred.lines().count(), 150);
    }

    #[test]
    fn users_are_of_all_kinds_and_in_two_groups() {
        let users: Vec<_> = (1..=10_000).map(user).collect();
        let share =
            |is: &dyn Fn(&serde_json::Value) -> bool| users.iter().filter(|user| is(user)).count();
        for field in ["is_deleted", "is_activated"] {
            let count = share(&|user| user[field] == (field == "is_deleted"));
            assert!((800..1_200).contains(&count), "{field}: {count}");
        }
        assert!((400..600).contains(&share(&|user| user["name"].is_null())));
        assert_eq!(share(&|user| user["groups"][0] == user["groups"][1]), 0);
    }
}
