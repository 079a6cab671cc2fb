//! The attachments of a FHIR bundle: what `medical.consolidated-data` links to. Metriport's page
//! "Receiving Webhooks", read November 2026.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::consolidated::ConsolidatedDataPatient;
use super::links::ATTACHMENT_LIFETIME;
use super::meta::Meta;
use crate::follow_up::LinkLife;
use crate::json::members::{Members, members, with_text};
use crate::text::{RawJson, Text};

/// Describes a file that a bundle links to.
///
/// `Debug` prints the size alone.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attachment {
    /// The link to the file. It is a credential: do not log it.
    pub url: Text,
    /// The media type: `application/json`, `application/pdf`, `text/html`, or `application/gzip` for
    /// a compressed copy.
    pub content_type: Option<Text>,
    /// What the file is, in words.
    pub title: Option<Text>,
    /// The size, in bytes.
    pub size: Option<u64>,
}

impl Attachment {
    /// Returns how long the link lives: [`ATTACHMENT_LIFETIME`] from the creation of the message.
    #[must_use]
    pub fn life(&self, meta: &Meta) -> LinkLife {
        LinkLife {
            since: meta.when.instant(),
            lifetime: ATTACHMENT_LIFETIME,
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl ConsolidatedDataPatient {
    /// Lists the files that the bundle links to, in their order.
    ///
    /// These are the attachments of its `DocumentReference` resources (`entry[].resource`,
    /// `content[].attachment`) that have a `url`. Nothing else of the bundle is looked into or
    /// copied, however large it is. A bundle of an odd shape gives what can be read of it, and is
    /// never an error: a member of another kind than FHIR asks for counts as absent.
    ///
    /// ```
    /// use pulsehook_core::metriport::{ConsolidatedData, Attachment};
    ///
    /// fn documents(record: &ConsolidatedData) -> Vec<Attachment> {
    ///     let patients = record.patients.iter();
    ///     let files = patients.flat_map(|patient| patient.attachments());
    ///     files.filter(|file| file.content_type.as_deref() == Some("application/pdf")).collect()
    /// }
    /// ```
    #[must_use]
    pub fn attachments(&self) -> Vec<Attachment> {
        self.contents().attachments
    }

    /// Tells whether the bundle holds records itself, and not only links to them: whether any of
    /// its resources is no `DocumentReference`.
    #[must_use]
    pub fn has_inline_records(&self) -> bool {
        self.contents().has_inline_records
    }

    pub(super) fn contents(&self) -> Contents {
        self.bundle.as_ref().map(Contents::of).unwrap_or_default()
    }
}

/// What matters of a bundle.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) attachments: Vec<Attachment>,
    pub(super) has_inline_records: bool,
}

impl Contents {
    fn of(bundle: &RawJson) -> Self {
        let mut contents = Self::default();
        // Where the bundle is odd, reading stops; what was found by then counts.
        let _ = serde_json::Deserializer::from_str(bundle.get())
            .deserialize_map(BundleVisitor(&mut contents));
        contents
    }

    fn add_resource(&mut self, resource: &Resource<'_>) {
        let resource_type: Option<Text> = text(resource.resource_type);
        if resource_type.as_deref() != Some("DocumentReference") {
            self.has_inline_records = true;
            return;
        }
        for content in list(resource.content) {
            let attachment = read::<Content<'_>>(content)
                .attachment
                .map(read::<AttachmentMembers<'_>>)
                .and_then(AttachmentMembers::into_attachment);
            self.attachments.extend(attachment);
        }
    }
}

members! {
    struct Entry {
        resource = "resource",
    }
}

members! {
    struct Resource {
        resource_type = "resourceType",
        content = "content",
    }
}

members! {
    struct Content {
        attachment = "attachment",
    }
}

members! {
    struct AttachmentMembers {
        url = "url",
        content_type = "contentType",
        title = "title",
        size = "size",
    }
}

impl AttachmentMembers<'_> {
    fn into_attachment(self) -> Option<Attachment> {
        Some(Attachment {
            url: text(self.url).filter(|url| !url.is_empty())?,
            content_type: text(self.content_type),
            title: text(self.title),
            size: self.size.and_then(integer),
        })
    }
}

fn text(member: Option<&RawValue>) -> Option<Text> {
    with_text(member?, |text| Some(Text::from(text)))
}

/// Reads a non-negative integer, or its decimal text.
fn integer(raw: &RawValue) -> Option<u64> {
    let json = raw.get();
    let digits = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'))
        .unwrap_or(json);
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_plain)
}

/// Reads the items of an array; there are none of anything else.
fn list(member: Option<&RawValue>) -> Vec<&RawValue> {
    member
        .and_then(|raw| serde_json::from_str(raw.get()).ok())
        .unwrap_or_default()
}

/// Reads the known members of an object; there are none of anything else.
fn read<'a, M: Members<'a>>(raw: &'a RawValue) -> M {
    let mut members = M::default();
    // Looked at first, because an error of the parser is not cheap.
    if !raw.get().starts_with('{') {
        return members;
    }
    let _ = serde_json::Deserializer::from_str(raw.get())
        .deserialize_map(MembersVisitor(&mut members, PhantomData));
    members
}

/// Walks a bundle, entry by entry.
struct BundleVisitor<'c>(&'c mut Contents);

impl<'de> Visitor<'de> for BundleVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bundle")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut is_entry = false;
        while map.next_key_seed(IsEntry(&mut is_entry))?.is_some() {
            if is_entry {
                map.next_value_seed(Entries(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Says whether a member's name is `entry`.
struct IsEntry<'e>(&'e mut bool);

impl<'de> DeserializeSeed<'de> for IsEntry<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for IsEntry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<(), E> {
        *self.0 = name == "entry";
        Ok(())
    }
}

/// Walks the entries. Each is read apart, so that an odd one does not cost the others.
struct Entries<'c>(&'c mut Contents);

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(entry) = entries.next_element::<&RawValue>()? {
            let resource = read::<Entry<'_>>(entry).resource;
            if let Some(resource) = resource.filter(|raw| raw.get().starts_with('{')) {
                self.0.add_resource(&read(resource));
            }
        }
        Ok(())
    }
}

/// Finds the known members of an object, and passes over the others.
struct MembersVisitor<'m, 'de, M>(&'m mut M, PhantomData<&'de ()>);

impl<'de, M: Members<'de>> Visitor<'de> for MembersVisitor<'_, 'de, M> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(place) = map.next_key_seed(Place(&mut *self.0, PhantomData))? {
            match place {
                // A later member of the same name takes the earlier one's place.
                Some(place) => *place = map.next_value()?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Reads a member's name and gives its place.
struct Place<'m, 'de, M>(&'m mut M, PhantomData<&'de ()>);

impl<'m, 'de: 'm, M: Members<'de>> DeserializeSeed<'de> for Place<'m, 'de, M> {
    type Value = Option<&'m mut Option<&'de RawValue>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'m, 'de: 'm, M: Members<'de>> Visitor<'de> for Place<'m, 'de, M> {
    type Value = Option<&'m mut Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.place(name).map(|(_, place)| place))
    }
}
