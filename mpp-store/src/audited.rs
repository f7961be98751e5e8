//! What the audit log of a role can say was done.

/// An enum of what the audit log can say was done, by its words in a leaf, and the list of these words (`WORDS`) for whoever looks
/// for one of them. The list is made from the same lines, so that it cannot lack one.
#[macro_export]
macro_rules! audited_actions {
    ($(#[$about:meta])* $visibility:vis enum $name:ident {
        $($(#[$doc:meta])* $action:ident = $word:literal,)+
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ::serde::Serialize)]
        $visibility enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $action,)+
        }

        impl $name {
            /// The word of each.
            $visibility const WORDS: &'static [&'static str] = &[$($word),+];
        }
    };
}

#[cfg(test)]
mod tests {
    crate::audited_actions! {
        /// What was done in a play.
        enum Played {
            Opened = "curtain.opened",
            /// At the end.
            Fell = "curtain.fell",
        }
    }

    #[test]
    fn the_list_has_the_words_that_leaves_have() {
        let written = [Played::Opened, Played::Fell].map(|action| serde_json::to_value(action).unwrap());
        assert_eq!(written.to_vec(), Played::WORDS.to_vec());
    }
}
