//! Hashes as Sysmon lists them: `SHA1=…,MD5=…,SHA256=…,IMPHASH=…`, those of its configuration in this order, names
//! and digits in capitals.
//!
//! Others keep them apart by algorithm, in letters and an order of their own. The list can be told from that,
//! so long as it was one of Sysmon's and none was left out: whoever takes a list apart holds it against this.

/// The algorithms in the order of every list of a real log.
const ORDER: [&str; 4] = ["SHA1", "MD5", "SHA256", "IMPHASH"];

/// The list of these algorithms and values; others than Sysmon's come last, as they are given.
///
/// `None` where a name or value is none, or there is no pair.
pub(crate) fn hash_list<'t>(pairs: impl IntoIterator<Item = (&'t str, &'t str)>) -> Option<String> {
    let mut list = Vec::new();
    for (algorithm, value) in pairs {
        let is_name = !algorithm.is_empty() && algorithm.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_value = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_name && is_value).then_some(())?;
        list.push((algorithm.to_ascii_uppercase(), value.to_ascii_uppercase()));
    }
    let rank = |algorithm: &str| ORDER.iter().position(|known| *known == algorithm).unwrap_or(ORDER.len());
    list.sort_by_key(|(algorithm, _)| rank(algorithm));
    let list: Vec<String> = list.iter().map(|(algorithm, value)| format!("{algorithm}={value}")).collect();
    Some(list.join(",")).filter(|list| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_the_order_of_sysmon_whatever_it_is_made_of() {
        let list =
            hash_list([("md5", "ab"), ("imphash", "0f"), ("ssdeep", "1"), ("sha256", "cd"), ("sha1", "ef")]);
        assert_eq!(list.as_deref(), Some("SHA1=EF,MD5=AB,SHA256=CD,IMPHASH=0F,SSDEEP=1"));
        for pairs in [&[][..], &[("md5", "")], &[("", "ab")], &[("md5", "x")], &[("a,b", "ab")]] {
            assert_eq!(hash_list(pairs.iter().copied()), None, "{pairs:?}");
        }
    }
}
