use zxcvbn::{Score, zxcvbn};

/// Whether a password protects the files of a stolen laptop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strength {
    Strong,
    /// `why` is a sentence for the person who chose the password.
    Weak {
        why: String,
    },
}

/// At least ten bytes, and more than 10⁸ guesses by zxcvbn's estimate (its score 3 of 4). The server's own
/// rules for passwords are not ours to set; what a copied laptop can be opened with is.
pub fn strength(password: &str) -> Strength {
    if password.len() < SHORTEST {
        return Strength::Weak { why: format!("It has fewer than {SHORTEST} characters.") };
    }
    let estimate = zxcvbn(password, &[]);
    if estimate.score() >= Score::Three {
        return Strength::Strong;
    }
    let why = match estimate.feedback() {
        Some(feedback) => match (feedback.warning(), feedback.suggestions().first()) {
            (Some(warning), _) => warning.to_string(),
            (None, Some(suggestion)) => suggestion.to_string(),
            (None, None) => GUESSABLE.to_owned(),
        },
        None => GUESSABLE.to_owned(),
    };
    Strength::Weak { why }
}

const SHORTEST: usize = 10;
const GUESSABLE: &str = "It can be guessed.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_short_and_repeated_passwords_are_weak() {
        for weak in
            ["", "ward12", "password123", "qwertyuiop", "aaaaaaaaaaaaaaaa", "1234567890", "letmein2024"]
        {
            assert!(matches!(strength(weak), Strength::Weak { ref why } if !why.is_empty()), "{weak}");
        }
    }

    #[test]
    fn a_few_odd_words_are_strong() {
        for strong in ["lantern-otter-viaduct-plum", "раздел фонарь ремонт 7", "tR7#kq0Vz!pL4"]
        {
            assert_eq!(strength(strong), Strength::Strong, "{strong}");
        }
    }
}
