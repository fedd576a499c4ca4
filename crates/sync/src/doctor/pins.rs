use domain::Pins;

use super::server::ADDRESS;
use super::{Check, Who};
use crate::{Officer, SyncError};

const KEYS: &str = "announced certificates";

/// After the server was asked and, where it `is_reached`, has shown its key. Nothing where the city announced none, or
/// there is no certificate.
pub(super) async fn examine(
    officer: &Officer,
    is_reached: bool,
    now: i64,
) -> Result<Option<Check>, SyncError> {
    let read = move |mirror: &mirror::Mirror| Ok((mirror.setting(Pins::SETTING)?, mirror.pins(now)?));
    let (setting, announced) = officer.with_mirror(read).await?;
    let is_checked = setting.is_some() && officer.site().origin().scheme() == "https";
    let shown = officer.server().shown_key().filter(|_| is_reached);
    Ok(is_checked.then(|| judge(announced, shown)))
}

/// `shown`: the key of a server that was reached and not refused.
fn judge(announced: Option<Pins>, shown: Option<String>) -> Check {
    let Some(Pins { keys, until, report_only }) = announced else {
        let found = "settings:pins does not count: its last day is past, or it does not name at least two keys and a last day \
                     within a year. Until that is mended, any certificate that an authority vouches for is accepted. \
                     `wardctl pins publish` writes it again.";
        return Check::warning(KEYS, Who::Administrator, found);
    };
    let (number, day) = (keys.len(), Pins::day(until));
    match (shown, report_only) {
        (None, _) => Check::not_checked(KEYS, ADDRESS),
        (Some(shown), report_only) if keys.contains(&shown) => {
            let otherwise = if report_only { "reported, not refused" } else { "refused" };
            let found = format!(
                "The server's key is one of the {number} that your city announced until {day}; any other is {otherwise}."
            );
            Check::ok(KEYS, found)
        }
        (Some(shown), report_only) => {
            let why = match report_only {
                true => "the announcement only asks for a report",
                false => "this laptop has not yet seen the server with an announced one",
            };
            let found = format!(
                "The server's key {shown} is none of the {number} that your city announced until {day}. It was \
                 accepted, because {why}. Either the announcement is wrong, or somebody between this laptop and the server \
                 is listening in."
            );
            Check::warning(KEYS, Who::Administrator, found)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    #[test]
    fn a_key_that_is_not_announced_is_told() {
        let pins = |report_only| {
            let keys = ["a", "b"].map(str::to_owned).into();
            Some(Pins { keys, until: 1_803_945_599, report_only })
        };
        let table = [
            (pins(false), Some("a"), Verdict::Ok, "until 2027-03-01; any other is refused."),
            (pins(true), Some("b"), Verdict::Ok, "any other is reported, not refused."),
            (pins(true), Some("c"), Verdict::Warning, "The server's key c is none of the 2"),
            (pins(false), Some("c"), Verdict::Warning, "has not yet seen the server with an announced one"),
            (pins(false), None, Verdict::NotChecked, "address and certificate"),
            (None, Some("a"), Verdict::Warning, "`wardctl pins publish`"),
        ];
        for (announced, shown, verdict, words) in table {
            let check = judge(announced, shown.map(str::to_owned));
            assert_eq!(check.verdict, verdict, "{check:?}");
            assert!(check.found.contains(words), "{words}: {check:?}");
        }
    }
}
