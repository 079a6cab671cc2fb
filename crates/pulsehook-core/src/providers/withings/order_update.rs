//! Updates of orders that partners ship (guide "Observe order updates" at
//! developer.withings.com, read November 2026).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::decode::Form;
use super::parameters::Pairs;
use crate::error::DecodeError;
use crate::text::{RawJson, Text};

crate::string_enum! {
    /// Says how far an order is before it is shipped. The documentation has no full list.
    pub enum OrderStatus {
        /// The address is being verified.
        AddressVerification = "ADDRESS VERIFICATION",
        /// The address is wrong.
        AddressError = "ADDRESS ERROR",
    }
}

/// Says how far an order is; see
/// [`order_updates`](super::WithingsBuilder::order_updates).
///
/// All is optional. A text that is something else in the JSON keeps its JSON as text, and `null`
/// counts as absent. Serialised, it has the member names of the wire and `other`; what is absent
/// is left out. `Debug` prints all but the values of `other`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OrderUpdate {
    /// The id of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<Text>,
    /// The partner's reference of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_ref: Option<Text>,
    /// How far the order is, before it is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderStatus>,
    /// How far the parcel is. The documentation lists no values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parcel_status: Option<Text>,
    /// Who carries the parcel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Text>,
    /// The carrier's service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier_service: Option<Text>,
    /// The carrier's number of the parcel, once it is shipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<Text>,
    /// Whether the order replaces another. What is neither `true` nor `false` is in `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_replacement: Option<bool>,
    /// The reference of the customer of the order that is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_customer_ref: Option<Text>,
    /// The serial number of the device that is replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_serial_number: Option<Text>,
    /// All other members, as JSON; parameters of a form are texts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other: BTreeMap<Text, RawJson>,
}

/// The members of a JSON object.
pub(super) type Members<'j> = Pairs<Text, Json<'j>>;

/// Reads the members of a JSON object.
pub(super) fn members(text: &str) -> Result<Members<'_>, DecodeError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer
        .deserialize_map(MembersVisitor)
        .and_then(|members| deserializer.end().map(|()| members))
        .map_err(|error| DecodeError::from_json(&error))?;
    Pairs::new(members)
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(Text, Json<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<Text, &RawValue>()? {
            members.push((name, Json(value.get())));
        }
        Ok(members)
    }
}

/// A JSON value that a parser has accepted.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Json<'j>(&'j str);

/// A value of either form of the message.
pub(super) trait Value {
    /// Returns the value as text; `None` counts as absent.
    fn text(&self) -> Option<Cow<'_, str>>;

    fn json(&self) -> Option<RawJson>;
}

impl Value for Json<'_> {
    fn text(&self) -> Option<Cow<'_, str>> {
        if self.0 == "null" {
            return None;
        }
        let text: Option<String> = serde_json::from_str(self.0).ok();
        Some(text.map_or(Cow::Borrowed(self.0), Cow::Owned))
    }

    fn json(&self) -> Option<RawJson> {
        RawJson::from_text(self.0).ok()
    }
}

impl Value for Cow<'_, str> {
    fn text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self))
    }

    fn json(&self) -> Option<RawJson> {
        RawJson::from_text(&serde_json::to_string(self).ok()?).ok()
    }
}

/// Tells whether one of some values is a field of the message.
pub(super) fn is_in<'v, V: Value + 'v>(mut values: impl Iterator<Item = (&'v str, &'v V)>) -> bool {
    let mut update = OrderUpdate::default();
    values.any(|(name, value)| update.put(name, value).is_some())
}

/// Reads the message from a form.
pub(super) fn from_form(form: &Form<'_>) -> OrderUpdate {
    of_values(form.iter())
}

/// Reads the message from JSON.
pub(super) fn from_json(members: &Members<'_>) -> OrderUpdate {
    of_values(members.iter())
}

fn of_values<'v, V: Value + 'v>(values: impl Iterator<Item = (&'v str, &'v V)>) -> OrderUpdate {
    let mut update = OrderUpdate::default();
    for (name, value) in values {
        let is_kept = update.put(name, value).unwrap_or(false);
        if let (false, Some(json)) = (is_kept, value.json()) {
            update.other.insert(Text::from(name), json);
        }
    }
    update
}

impl OrderUpdate {
    /// Puts a value into its field. Returns `None` where there is no such field, and whether the
    /// field could keep it otherwise.
    fn put(&mut self, name: &str, value: &impl Value) -> Option<bool> {
        let text = || value.text().map(|text| Text::from(text.as_ref()));
        match name {
            "customer_id" => self.customer_id = text(),
            "customer_ref" => self.customer_ref = text(),
            "status" => {
                let text = value.text();
                self.status = text.map(|text| OrderStatus::from(text.as_ref()));
            }
            "parcel_status" => self.parcel_status = text(),
            "carrier" => self.carrier = text(),
            "carrier_service" => self.carrier_service = text(),
            "tracking_number" => self.tracking_number = text(),
            "is_replacement" => {
                let text = value.text();
                self.is_replacement = match text.as_deref() {
                    Some("true") => Some(true),
                    Some("false") => Some(false),
                    Some(_) => return Some(false),
                    None => None,
                };
            }
            "original_customer_ref" => self.original_customer_ref = text(),
            "original_serial_number" => self.original_serial_number = text(),
            _ => return None,
        }
        Some(true)
    }
}
