use domain::Pins;

use super::server::ADDRESS;
use super::{Check, Who};
use crate::{Officer, SyncError};

const KEYS: &str = "announced keys";

/// After the server was asked, so that it has shown its key. Nothing where the city announced none, or there is no
/// certificate.
pub(super) async fn examine(officer: &Officer, now: i64) -> Result<Option<Check>, SyncError> {
    let read = move |mirror: &mirror::Mirror| Ok((mirror.setting(Pins::SETTING)?, mirror.pins(now)?));
    let (setting, announced) = officer.with_mirror(read).await?;
    let is_checked = setting.is_some() && officer.site().origin().scheme() == "https";
    Ok(is_checked.then(|| judge(announced, officer.server().shown_key())))
}

/// `shown`: the server was reached, and its key let pass.
fn judge(announced: Option<Pins>, shown: Option<String>) -> Check {
    let Some(Pins { keys, until, report_only }) = announced else {
        let found = "settings:pins has ended, or is not two keys or more and a day within a year: any certificate that is \
                     verified is taken. `wardctl pins publish` writes it again.";
        return Check::warning(KEYS, Who::Administrator, found);
    };
    let (number, day) = (keys.len(), Pins::day(until));
    match (shown, report_only) {
        (None, _) => Check::not_checked(KEYS, ADDRESS),
        (Some(shown), report_only) if keys.contains(&shown) => {
            let otherwise = if report_only { "told here, and not refused" } else { "refused" };
            let found = format!(
                "The server's key is one of the {number} that your city announced until {day}; another is {otherwise}."
            );
            Check::ok(KEYS, found)
        }
        (Some(shown), report_only) => {
            let why = match report_only {
                true => "the announcement is there to report",
                false => "this laptop has not seen an announced one since",
            };
            let found = format!(
                "The server's key {shown} is none of the {number} that your city announced until {day}. It was let pass, \
                 because {why}. Either the announcement is wrong, or somebody between here and the server reads along."
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
    fn a_key_that_is_let_pass_is_told() {
        let pins = |report_only| {
            let keys = ["a", "b"].map(str::to_owned).into();
            Some(Pins { keys, until: 1_803_945_599, report_only })
        };
        let table = [
            (pins(false), Some("a"), Verdict::Ok, "until 2027-03-01; another is refused."),
            (pins(true), Some("b"), Verdict::Ok, "another is told here, and not refused."),
            (pins(true), Some("c"), Verdict::Warning, "The server's key c is none of the 2"),
            (pins(false), Some("c"), Verdict::Warning, "has not seen an announced one since"),
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
