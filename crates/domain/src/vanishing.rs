//! How many grievances may leave a ward at once before a person is asked.
//!
//! One that was deleted is normal. Half a ward is more likely a filter typed wrong, a database
//! emptied or made anew, or a backup put in the wrong place.

/// What leaves within so long (seconds) counts together: a listening laptop pulls every deletion of a thousand by itself.
pub const VANISHED_TOGETHER: i64 = 3600;

/// What no change of the server tells is found so long afterwards at most (seconds): everything there is compared with
/// everything here.
pub const COMPARED_EVERY: i64 = 7 * 24 * 3600;

/// More than these are a question in a ward of any size.
const MANY: u64 = 500;
/// So is this part of the ward,
const PART: u64 = 5;
/// but not when that is a handful, which one person deletes in a minute.
const HANDFUL: u64 = 5;

/// Whether `vanishing` grievances of a ward that had `ward` are too many to believe the server.
pub fn too_many_vanish(vanishing: u64, ward: u64) -> bool {
    let everything = vanishing > 1 && vanishing >= ward;
    vanishing > MANY || everything || (vanishing >= HANDFUL && vanishing * PART > ward)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_believed_and_a_ward_is_not() {
        let table = [
            // (vanishing, ward, asked)
            (0, 0, false),
            (1, 1, false),
            (1, 3, false),
            (2, 3, false),
            (3, 3, true),
            (4, 10, false),
            (5, 10, true),
            (5, 25, false),
            (6, 25, true),
            (500, 10_000, false),
            (501, 10_000, true),
        ];
        for (vanishing, ward, asked) in table {
            assert_eq!(too_many_vanish(vanishing, ward), asked, "{vanishing} of {ward}");
        }
    }
}
