//! Objects whose members may be of any kind: what the decoders of several providers build on.
//!
//! The known members of an object are found in one pass and kept as borrowed JSON; what they hold
//! is judged afterwards. So no value, however odd, stops the pass, and numbers keep their digits.

use serde_json::value::RawValue;

/// The JSON of a member; `None` when it is absent.
pub(crate) type Member<'a> = Option<&'a RawValue>;

/// Is implemented by [`members`] for a set of known members.
pub(crate) trait Members<'a>: Default {
    /// Returns the place of a member and its name, if it is known.
    fn place(&mut self, name: &str) -> Option<(&'static str, &mut Member<'a>)>;
}

/// Declares a struct of known members and their names on the wire.
macro_rules! members {
    (
        $(#[$meta:meta])*
        struct $name:ident {
            $( $field:ident = $member:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Default)]
        pub(super) struct $name<'a> {
            $( pub(super) $field: $crate::json::members::Member<'a>, )+
        }

        impl<'a> $crate::json::members::Members<'a> for $name<'a> {
            #[inline]
            fn place(
                &mut self,
                name: &str,
            ) -> Option<(&'static str, &mut $crate::json::members::Member<'a>)> {
                match name {
                    $( $member => Some(($member, &mut self.$field)), )+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use members;

/// Reads a text, without a copy unless it has escapes; `None` for anything else.
pub(crate) fn with_text<T>(raw: &RawValue, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    let json = raw.get();
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        let unescaped: String = serde_json::from_str(json).ok()?;
        read(&unescaped)
    } else {
        read(inner)
    }
}
