//! Tests of the tables: they are complete, and say what the judgement relies on.

use super::*;

#[test]
fn every_rule_is_documented() {
    let rules = Rules::builtin();
    let mut names = HashSet::new();
    for rule in rules.all() {
        assert!(names.insert(rule.name()), "{} stands there twice", rule.name());
        assert!(
            rule.name()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit())
        );
        for text in [rule.title(), rule.meaning(), rule.reason(), rule.source()] {
            assert!(!text.trim().is_empty(), "{} lacks a text", rule.name());
        }
        assert!(rule.technique().is_none_or(|id| crate::event::technique(id).is_some()), "{}", rule.name());
    }
    assert!(rules.of_group(Group::Start).count() >= 22);
}

#[test]
fn every_start_has_a_class() {
    let last = Rules::builtin().of_group(Group::Start).last().unwrap();
    assert!(last.questions().is_empty(), "the last class asks nothing");
    assert!(Rules::builtin().of_group(Group::Credit).all(|rule| rule.name().starts_with("profile-")));
    assert!(Rules::builtin().of_group(Group::Start).all(|rule| !rule.name().starts_with("profile-")));
}

#[test]
fn places_are_found() {
    for (path, place) in [
        (r"C:\Windows\System32\csrss.exe", "windows"),
        (r"C:\Windows\Temp\a.exe", "user-writable"),
        (r"C:\Users\bob\AppData\Local\Programs\Git\usr\bin\bash.exe", "user-product"),
        (r"C:\Users\bob\AppData\Local\Programs\bash.exe", "user-writable"),
        (r"C:\Users\bob\AppData\Local\Temp\a.exe", "user-writable"),
        (r"C:\Users\bob\x.exe", "user-writable"),
        (r"C:\Users\Public\AppData\Local\Programs\x\y.exe", "user-writable"),
        (r"C:\Program Files\Java\jdk-21\bin\jcmd.exe", "program-files"),
        (r"C:\Program Files2\x.exe", "elsewhere"),
        (r"C:\hello.exe", "drive-root"),
        (r"E:\setup.exe", "drive-root"),
        (r"E:\tools\setup.exe", "other-drive"),
        (r"\\vboxsrv\HTools\m.exe", "unc"),
        (r"\Device\HarddiskVolume3\Windows\System32\csrss.exe", "device"),
        (r"C:\ProgramData\x\y.exe", "program-data"),
        ("System", "kernel"),
        ("/usr/bin/x", "other"),
    ] {
        assert_eq!(Rules::builtin().program(Some(path)).place, place, "{path}");
    }
    assert_eq!(Rules::builtin().program(None).place, "unknown");
}

#[test]
fn weights_replace_numbers_and_add_rules() {
    let text = "[weights]\nload-library = 1.5\n[model]\nprior = -3\n[model.bands]\nhigh = 85\n";
    let rules = Rules::builtin().with_weights(text).unwrap();
    assert_eq!(rules.get("load-library").unwrap().bits(), Bits::new(1.5).unwrap());
    assert_eq!((rules.model.prior, rules.model.bands), (Bits::new(-3.0).unwrap(), [20.0, 50.0, 85.0, 95.0]));
    let profile = "[[rule]]\nname='p'\ngroup='credit'\nbits=-4\ntitle='t'\nmeaning='m'\nreason='r'\nsource='s'\ntest={ class=['load-library'] }";
    let rules = Rules::builtin().with_weights(profile).unwrap();
    assert_eq!(rules.get("p").unwrap().group(), Group::Credit);
    assert_eq!(rules.all().count(), Rules::builtin().all().count() + 1);
}

#[test]
fn every_number_and_reference_names_its_source() {
    let rules = Rules::builtin();
    for (name, value) in rules.model() {
        let number = rules.number(name).unwrap_or_else(|| panic!("{name} is documented"));
        assert!(!number.doc.is_empty() && !number.source.is_empty(), "{name}");
        assert_eq!(number.items, [value.to_string()]);
    }
    assert_eq!(NUMBERS.len(), rules.model().len(), "nothing is documented that is not there");
    for reference in rules.references() {
        assert!(!reference.doc.is_empty() && !reference.source.is_empty(), "{}", reference.name);
    }
}

/// Every number that is listed can be replaced by the name under which it is listed.
#[test]
fn all_numbers_can_be_replaced() {
    for (name, value) in Rules::builtin().model() {
        let path = if name.starts_with("rarity.") { name.to_owned() } else { format!("model.{name}") };
        let (table, key) = path.rsplit_once('.').unwrap();
        let new = match name {
            "rarity.other-share" | "rarity.surprise-weight" => 0.25,
            _ => value + 1.0,
        };
        let rules = Rules::builtin().with_weights(&format!("[{table}]\n{key} = {new}\n")).unwrap();
        let found = rules.model().into_iter().find(|(known, _)| *known == name);
        assert_eq!(found, Some((name, new)));
    }
    let all: String = Rules::builtin().all().map(|rule| format!("{} = -1\n", rule.name())).collect();
    let rules = Rules::builtin().with_weights(&format!("[weights]\n{all}")).unwrap();
    assert!(rules.all().all(|rule| rule.bits() == Bits::new(-1.0).unwrap()));
}

#[test]
fn profiles_can_be_replaced_as_a_whole() {
    let own = "[[rule]]\nname='profile-ours'\ngroup='credit'\nbits=-4\ntitle='t'\nmeaning='m'\nreason='r'\nsource='s'\ntest={ class=['load-library'] }";
    let rules = Rules::builtin().with_weights(&format!("without = ['profile-*']\n{own}")).unwrap();
    let profiles: Vec<&str> = rules.of_group(Group::Credit).map(|rule| &**rule.name()).collect();
    assert_eq!(profiles, ["profile-ours"]);
    let refused = |text: &str| Rules::builtin().with_weights(text).unwrap_err().to_string();
    assert!(refused("without = ['profil-*']").contains("no rule profil-*"));
    assert!(refused("without = ['unknown-start']").contains("every start has a class"));
    assert!(refused("without = ['load-library']").contains("asks for load-library"), "a profile names it");
}

#[test]
fn rarity_is_set_by_a_file() {
    let text = "[rarity]\nkappa = 8\nnovelty-days = 30\n[rarity.shares]\nno-module = 0.5\n";
    let rules = Rules::builtin().with_weights(text).unwrap();
    assert_eq!((rules.rarity.kappa, rules.rarity.novelty_days), (8.0, 30));
    assert_eq!((rules.rarity.prior("no-module"), rules.rarity.prior("load-library")), (0.5, 0.05));
    let shares = rules.references().find(|reference| reference.name == "start-shares").unwrap();
    assert!(shares.items.contains(&"no-module 0.5: given by a file of weights".to_owned()), "{shares:?}");
    let refused = |text: &str| Rules::builtin().with_weights(text).unwrap_err().to_string();
    for (text, what) in [
        ("[rarity]\nkappa = 0", "rarity.kappa must be more than 0"),
        ("[rarity]\nkappa = nan", "rarity.kappa must be more than 0"),
        ("[rarity]\ncredit-days = -1", "rarity.credit-days must be more than 0"),
        ("[rarity]\nsurprise-weight = 2", "rarity.surprise-weight must be 0 to 1"),
        ("[rarity.shares]\nno-module = 0", "rarity.shares.no-module must be more than 0, and 1 at most"),
    ] {
        assert_eq!(refused(text), what);
    }
    assert!(refused("[rarity.shares]\nno-modul = 0.5").contains("asks for no-modul"));
    assert!(refused("[rarity]\nkapa = 4").contains("kapa"));
}

#[test]
fn weights_that_would_do_nothing_are_refused() {
    let refused = |text: &str| Rules::builtin().with_weights(text).unwrap_err().to_string();
    assert!(refused("[weights]\nload-libary = 1").contains("no rule load-libary"));
    assert!(refused("[weights]\nload-library = nan").contains("not a number"));
    assert!(refused("[weights]\nprofile-clink = 3").contains("credit"));
    assert!(refused("[model.bands]\nlow = 60").contains("bands"));
    let last = "[[rule]]\nname='unknown-start'\ngroup='start'\nbits=1\ntitle='t'\nmeaning='m'\nreason='r'\nsource='s'\n";
    assert!(refused(&format!("{last}test={{ start=['kernel'] }}")).contains("every start has a class"));
    assert!(Rules::builtin().with_weights(&format!("{last}test={{}}")).is_ok());
    for (text, what) in [
        ("[model]\nchain-cap = -8", "chain-cap must be 0 or more"),
        ("[model]\nrarity-cap = -1", "rarity-cap must be 0 or more"),
        ("[model.limits]\nnewborn-seconds = -1", "newborn-seconds must be 0 or more"),
        ("[model.limits]\nnewborn-seconds = nan", "newborn-seconds must be 0 or more"),
        ("[model.limits]\nprevalent-computers = 0", "prevalent-computers must be 1 or more"),
    ] {
        assert_eq!(refused(text), what);
    }
    assert!(refused("[modle]\nprior = 1").contains("modle"));
    let rule = "[[rule]]\nname='p'\ngroup='source'\nbits=1\ntitle='t'\nmeaning='m'\nreason='r'\nsource='s'\n";
    assert!(refused(&format!("{rule}test={{ class=['nope'] }}")).contains("asks for nope"));
    assert!(refused(&format!("{rule}test={{ source-place=['nope'] }}")).contains("asks for nope"));
    assert!(refused(&format!("{rule}test={{ source-nmae=['x'] }}")).contains("source-nmae"));
}
