//! Decoding of forms, by the rules that hold for every category (guide "Notification content" at
//! developer.withings.com, read November 2026).

use std::borrow::Cow;
use std::str::FromStr;

use jiff::{Timestamp, civil};

use super::category::Category;
use super::event::{Event, UnknownEvent};
use super::notification::{Action, DayOrInstant, DeviceSetUp, Notification, ProfileChange, Window};
use super::order_update;
use super::parameters::Pairs;
use crate::error::{DecodeError, DecodeErrorKind};
use crate::form;
use crate::json::text_of;
use crate::text::Text;

const APPLI: &str = "appli";
const USER_ID: &str = "userid";
const START: &str = "startdate";
const END: &str = "enddate";
const DATE: &str = "date";
const DEVICE_ID: &str = "deviceid";
const MAC: &str = "mac";
const ACTION: &str = "action";

/// The parameters of a form.
pub(super) type Form<'f> = Pairs<Cow<'f, str>, Cow<'f, str>>;

/// Decodes a form.
pub(super) fn form(body: &[u8], order_updates: bool) -> Result<Event, DecodeError> {
    let form = pairs(text_of(body)?)?;
    let Some(appli) = form.text(APPLI) else {
        if order_updates && form.get(USER_ID).is_none() && order_update::is_in(form.iter()) {
            let update = order_update::from_form(&form);
            return Ok(Event::OrderUpdate(Box::new(update)));
        }
        return Err(DecodeError::missing_field(APPLI));
    };
    let number = signed(appli).ok_or_else(|| DecodeError::invalid_field(APPLI))?;
    event(Category::from(number), &form)
        .map_err(|error| error.with_event_type(Text::from(number.to_string())))
}

/// Decodes JSON, which only updates of orders are.
pub(super) fn json(body: &[u8]) -> Result<Event, DecodeError> {
    let members = order_update::members(text_of(body)?)?;
    let is_notification = members.get(APPLI).is_some() || members.get(USER_ID).is_some();
    if is_notification || !order_update::is_in(members.iter()) {
        // A notification is never JSON; which rules would hold for it is not known.
        return Err(DecodeError::new(DecodeErrorKind::Shape));
    }
    let update = order_update::from_json(&members);
    Ok(Event::OrderUpdate(Box::new(update)))
}

fn pairs(text: &str) -> Result<Form<'_>, DecodeError> {
    // Counted first, so that no room is taken that stays empty.
    let most = text.split('&').filter(|part| !part.is_empty()).count();
    let mut pairs = Vec::with_capacity(most);
    for pair in form::pairs(text) {
        pairs.push(pair.map_err(|_| DecodeError::new(DecodeErrorKind::Form))?);
    }
    Pairs::new(pairs)
}

fn event(category: Category, form: &Form<'_>) -> Result<Event, DecodeError> {
    let fields = Fields::read(form)?;
    Ok(match category {
        Category::UserProfile => Event::UserProfile(fields.into_profile_change(form)?),
        Category::DeviceSetUp => Event::DeviceSetUp(fields.into_device_set_up(form)?),
        Category::Weight => Event::Weight(fields.into_notification(form)?),
        Category::Temperature => Event::Temperature(fields.into_notification(form)?),
        Category::BloodPressure => Event::BloodPressure(fields.into_notification(form)?),
        Category::Activity => Event::Activity(fields.into_notification(form)?),
        Category::Sleep => Event::Sleep(fields.into_notification(form)?),
        Category::BedIn => Event::BedIn(fields.into_notification(form)?),
        Category::BedOut => Event::BedOut(fields.into_notification(form)?),
        Category::SleepMatInflated => Event::SleepMatInflated(fields.into_notification(form)?),
        Category::Ecg => Event::Ecg(fields.into_notification(form)?),
        Category::EcgFailed => Event::EcgFailed(fields.into_notification(form)?),
        Category::Glucose => Event::Glucose(fields.into_notification(form)?),
        Category::SurveyAnswered => Event::SurveyAnswered(fields.into_notification(form)?),
        Category::Stethoscope => Event::Stethoscope(fields.into_notification(form)?),
        Category::HeartRateVariability => {
            Event::HeartRateVariability(fields.into_notification(form)?)
        }
        Category::UrineBiomarkers => Event::UrineBiomarkers(fields.into_notification(form)?),
        Category::BedOccupied => Event::BedOccupied(fields.into_notification(form)?),
        Category::BedEmpty => Event::BedEmpty(fields.into_notification(form)?),
        Category::BedPolling => Event::BedPolling(fields.into_notification(form)?),
        Category::Other(number) => Event::Unknown(UnknownEvent {
            number,
            notification: fields.into_notification(form)?,
        }),
    })
}

/// The parameters that are more than text, which are judged whatever the category.
struct Fields {
    user_id: Option<u64>,
    window: Window,
    date: Option<DayOrInstant>,
}

impl Fields {
    fn read(form: &Form<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            user_id: field(form, USER_ID, digits)?,
            window: Window {
                start: field(form, START, seconds)?,
                end: field(form, END, seconds)?,
            },
            date: field(form, DATE, day_or_instant)?,
        })
    }

    fn required_user_id(&self) -> Result<u64, DecodeError> {
        self.user_id
            .ok_or_else(|| DecodeError::missing_field(USER_ID))
    }

    fn into_notification(self, form: &Form<'_>) -> Result<Notification, DecodeError> {
        Ok(Notification {
            user_id: self.required_user_id()?,
            window: self.window,
            date: self.date,
            device_id: form.text(DEVICE_ID).map(Text::from),
            other: form.without(&[APPLI, USER_ID, START, END, DATE, DEVICE_ID]),
        })
    }

    fn into_profile_change(self, form: &Form<'_>) -> Result<ProfileChange, DecodeError> {
        Ok(ProfileChange {
            user_id: self.required_user_id()?,
            action: form.text(ACTION).map(Action::from),
            other: form.without(&[APPLI, USER_ID, ACTION]),
        })
    }

    fn into_device_set_up(self, form: &Form<'_>) -> Result<DeviceSetUp, DecodeError> {
        let mac = form.text(MAC).filter(|mac| !mac.is_empty());
        Ok(DeviceSetUp {
            mac: mac
                .map(Text::from)
                .ok_or_else(|| DecodeError::missing_field(MAC))?,
            user_id: self.user_id,
            other: form.without(&[APPLI, USER_ID, MAC]),
        })
    }
}

/// Reads a parameter that need not be there, but must be right if it is.
fn field<T>(
    form: &Form<'_>,
    name: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, DecodeError> {
    form.text(name)
        .map(|text| read(text).ok_or_else(|| DecodeError::invalid_field(name)))
        .transpose()
}

/// Reads an integer of decimal digits; the parsers of number types alone would take a plus sign.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    let only_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| text.parse().ok())?
}

/// Reads an integer of decimal digits that may have a minus sign.
pub(super) fn signed(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let only_digits = unsigned.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| text.parse().ok())?
}

/// Reads Unix seconds.
fn seconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_second(signed(text)?).ok()
}

/// Reads `YYYY-MM-DD`, or Unix seconds of 9 to 11 digits.
fn day_or_instant(text: &str) -> Option<DayOrInstant> {
    if let Some(day) = day(text) {
        return Some(DayOrInstant::Day(day));
    }
    let is_instant =
        (9..=11).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let instant = is_instant.then(|| seconds(text))?;
    instant.map(DayOrInstant::Instant)
}

/// Reads `YYYY-MM-DD`; the parser of dates alone would take other forms too.
fn day(text: &str) -> Option<civil::Date> {
    let mut bytes = text.bytes().enumerate();
    let is_day = text.len() == 10
        && bytes.all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_day.then(|| text.parse().ok())?
}
