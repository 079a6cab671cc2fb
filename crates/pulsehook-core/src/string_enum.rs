//! A macro for enums that are open on the wire.

/// Declares an enum over wire texts that keeps an unknown text instead of failing on it.
///
/// The last variant is always `Other(Text)`. The enum converts from `&str`, prints and serialises
/// as the wire text, and is `#[non_exhaustive]`.
///
/// ```
/// pulsehook_core::string_enum! {
///     /// How a job ended.
///     pub enum Outcome {
///         /// It worked.
///         Completed = "completed",
///         /// It did not.
///         Failed = "failed",
///     }
/// }
///
/// assert_eq!(Outcome::from("failed"), Outcome::Failed);
/// assert_eq!(Outcome::from("paused").as_str(), "paused");
/// ```
#[macro_export]
macro_rules! string_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $text:literal, )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// Another text than the known ones, as received.
            Other($crate::Text),
        }

        impl $name {
            /// Lists the known values.
            pub const KNOWN: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// Returns the text as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )+
                    Self::Other(text) => text.as_str(),
                }
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $( $text => Self::$variant, )+
                    _ => Self::Other($crate::Text::from(text)),
                }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                struct TextVisitor;

                impl $crate::__private::serde::de::Visitor<'_> for TextVisitor {
                    type Value = $name;

                    fn expecting(
                        &self,
                        f: &mut ::core::fmt::Formatter<'_>,
                    ) -> ::core::fmt::Result {
                        f.write_str("text")
                    }

                    fn visit_str<E: $crate::__private::serde::de::Error>(
                        self,
                        text: &str,
                    ) -> ::core::result::Result<$name, E> {
                        Ok($name::from(text))
                    }
                }

                deserializer.deserialize_str(TextVisitor)
            }
        }
    };
}
