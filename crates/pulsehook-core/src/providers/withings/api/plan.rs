//! The calls that follow each event; the module's documentation has the table.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{Api, Selection, whole_seconds, with_fields};
use crate::follow_up::{Call, Context, FollowUpApi, FollowUpError, FollowUps, split_instants};
use crate::providers::withings::category::Category;
use crate::providers::withings::data_fields;
use crate::providers::withings::event::Event;
use crate::providers::withings::notification::{DayOrInstant, DeviceSetUp, Notification};

/// The most that Getintradayactivity and Sleep Get bring at once.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

impl FollowUpApi for Api {
    type Event = Event;

    fn follow_ups(&self, event: &Event, context: &Context) -> FollowUps {
        let plan = |notification| Plan {
            api: self,
            context,
            notification,
        };
        match event {
            Event::Weight(it) => plan(it).measures(Category::Weight).into(),
            Event::Temperature(it) => plan(it).measures(Category::Temperature).into(),
            Event::BloodPressure(it) => plan(it).measures(Category::BloodPressure).into(),
            Event::Glucose(it) => plan(it).measures(Category::Glucose).into(),
            Event::UrineBiomarkers(it) => plan(it).measures(Category::UrineBiomarkers).into(),
            Event::Stethoscope(it) => plan(it).stethoscope(),
            Event::HeartRateVariability(it) => plan(it).heart_rate_variability(),
            Event::Activity(it) => plan(it).activity(),
            Event::Sleep(it) => plan(it).sleep(),
            Event::Ecg(it) => plan(it)
                .recordings(Self::HEART_LIST, Self::heart_list)
                .into(),
            Event::SurveyAnswered(it) => plan(it).answers().into(),
            Event::DeviceSetUp(device) => self.device_set_up(device),
            Event::UserProfile(_)
            | Event::BedIn(_)
            | Event::BedOut(_)
            | Event::SleepMatInflated(_)
            | Event::EcgFailed(_)
            | Event::BedOccupied(_)
            | Event::BedEmpty(_)
            | Event::BedPolling(_)
            | Event::OrderUpdate(_)
            | Event::Unknown(_) => FollowUps::none(),
        }
    }
}

impl Api {
    fn device_set_up(&self, device: &DeviceSetUp) -> FollowUps {
        let addresses = [device.mac.as_str()];
        let mut follow_ups = FollowUps::from(self.activate(&addresses));
        let link = self.link(device.user_id, &addresses);
        follow_ups.push(Ok(link.as_alternative()));
        follow_ups
    }
}

type Planned = Result<Call, FollowUpError>;

/// What is known when calls are planned.
#[derive(Clone, Copy)]
struct Plan<'a> {
    api: &'a Api,
    context: &'a Context,
    notification: &'a Notification,
}

impl Plan<'_> {
    fn user_id(self) -> u64 {
        self.notification.user_id
    }

    /// The window, if it is complete and valid.
    fn window(self) -> Option<(Timestamp, Timestamp)> {
        self.notification.window.bounds()
    }

    fn last_sync(self, call: &'static str) -> Result<Timestamp, FollowUpError> {
        let unknown = FollowUpError::LastSyncUnknown { call };
        self.context.last_sync.ok_or(unknown)
    }

    fn measures(self, category: Category) -> Planned {
        let selection = match self.window() {
            // Whether the end belongs to it is not documented.
            Some((start, end)) => Selection::Between(start, a_second_after(end)),
            None => Selection::ModifiedSince(self.last_sync(Api::GETMEAS)?),
        };
        let types = category.measure_types();
        Ok(self.api.getmeas(self.user_id(), types, selection))
    }

    fn stethoscope(self) -> FollowUps {
        let mut follow_ups = FollowUps::from(self.measures(Category::Stethoscope));
        follow_ups.push(self.recordings(Api::STETHO_LIST, Api::stetho_list));
        follow_ups
    }

    /// Lists recordings. They cannot be asked for by the time of their change, so without a window
    /// it is the time from the last sync until now.
    fn recordings(
        self,
        call: &'static str,
        list: impl Fn(&Api, u64, Timestamp, Timestamp) -> Call,
    ) -> Planned {
        let (start, end) = match self.window() {
            Some((start, end)) => (start, a_second_after(end)),
            None => {
                let start = self.last_sync(call)?;
                (start, self.context.now.max(start))
            }
        };
        Ok(list(self.api, self.user_id(), start, end))
    }

    fn heart_rate_variability(self) -> FollowUps {
        let mut follow_ups = FollowUps::from(self.measures(Category::HeartRateVariability));
        if let Some(window) = self.window().map(not_empty) {
            let fields = data_fields::INTRADAY_HRV;
            follow_ups.extend(
                self.intraday(window)
                    .map(|call| call.map(|call| with_fields(call, fields))),
            );
            let fields = data_fields::SLEEP_HRV;
            follow_ups.extend(
                self.sleep_series(window)
                    .map(|call| call.map(|call| with_fields(call, fields))),
            );
        }
        follow_ups
    }

    fn activity(self) -> FollowUps {
        let (days, instants) = match (self.notification.date, self.window()) {
            (Some(DayOrInstant::Day(day)), _) => (Some((day, day)), Some(self.instants_of(day))),
            (_, Some((start, end))) => {
                let instants = not_empty((start, end));
                (Some(self.days_of(start, end)), Some(instants))
            }
            (Some(DayOrInstant::Instant(at)), None) => {
                let instants = self.instants_of(self.day_of(at));
                (Some(self.days_of(at, at)), Some(instants))
            }
            (None, None) => (None, None),
        };
        let selection = |call| match days {
            Some((first, last)) => Ok(Selection::Between(first, last)),
            None => self.last_sync(call).map(Selection::ModifiedSince),
        };
        let mut follow_ups = FollowUps::none();
        let by_day = selection(Api::GETACTIVITY);
        follow_ups.push(by_day.map(|days| self.api.getactivity(self.user_id(), days)));
        let workouts = selection(Api::GETWORKOUTS);
        follow_ups.push(workouts.map(|days| self.api.getworkouts(self.user_id(), days)));
        if let Some(instants) = instants {
            follow_ups.extend(self.intraday(instants));
        }
        follow_ups
    }

    fn sleep(self) -> FollowUps {
        let mut follow_ups = FollowUps::none();
        let selection = match self.window() {
            Some((start, end)) => {
                follow_ups.extend(self.sleep_series(not_empty((start, end))));
                // A night is filed under one day, of the evening or of the morning.
                let days = (self.day_of(start), self.day_of(end));
                let (first, last) = widened(days);
                Ok(Selection::Between(first, last))
            }
            None => self
                .last_sync(Api::SLEEP_GETSUMMARY)
                .map(Selection::ModifiedSince),
        };
        follow_ups.push(selection.map(|days| self.api.sleep_getsummary(self.user_id(), days)));
        follow_ups
    }

    /// Only the start is needed here, so a window that has nothing else will do.
    fn answers(self) -> Planned {
        let window = self.notification.window;
        let start = match window.start.filter(|_| !window.is_reversed()) {
            Some(start) => start,
            None => self.last_sync(Api::ANSWERS_GET)?,
        };
        Ok(self.api.answers_get(self.user_id(), start))
    }

    fn intraday(self, period: (Timestamp, Timestamp)) -> impl Iterator<Item = Planned> {
        let of_piece = move |(start, end)| self.api.getintradayactivity(self.user_id(), start, end);
        self.split(Api::GETINTRADAYACTIVITY, period, of_piece)
    }

    fn sleep_series(self, period: (Timestamp, Timestamp)) -> impl Iterator<Item = Planned> {
        let of_piece = move |(start, end)| self.api.sleep_get(self.user_id(), start, end);
        self.split(Api::SLEEP_GET, period, of_piece)
    }

    fn split(
        self,
        call: &'static str,
        period: (Timestamp, Timestamp),
        of_piece: impl Fn((Timestamp, Timestamp)) -> Call,
    ) -> impl Iterator<Item = Planned> {
        let (pieces, refused) = match split_instants(call, period, LONGEST, self.api.call_limit) {
            Ok(pieces) => (pieces, None),
            Err(error) => (Vec::new(), Some(Err(error))),
        };
        let calls = pieces.into_iter().map(move |piece| Ok(of_piece(piece)));
        calls.chain(refused)
    }

    /// The day of an instant, in UTC where the user's time zone is not known.
    fn day_of(self, instant: Timestamp) -> Date {
        let zone = self.context.time_zone.clone().unwrap_or(TimeZone::UTC);
        zone.to_datetime(instant).date()
    }

    /// The days of a window, widened by a day where the user's time zone is not known.
    fn days_of(self, start: Timestamp, end: Timestamp) -> (Date, Date) {
        let days = (self.day_of(start), self.day_of(end));
        match self.context.time_zone {
            Some(_) => days,
            None => widened(days),
        }
    }

    /// The instants of a day, widened by a day where the user's time zone is not known.
    fn instants_of(self, day: Date) -> (Timestamp, Timestamp) {
        let (zone, (first, last)) = match &self.context.time_zone {
            Some(zone) => (zone.clone(), (day, day)),
            None => (TimeZone::UTC, widened((day, day))),
        };
        let end = match last.tomorrow() {
            Ok(next) => start_of(next, &zone),
            Err(_) => Timestamp::MAX,
        };
        (start_of(first, &zone), end)
    }
}

/// The first instant of a day, or the nearest where it is out of range.
fn start_of(day: Date, zone: &TimeZone) -> Timestamp {
    match day.to_zoned(zone.clone()) {
        Ok(start) => start.timestamp(),
        Err(_) if day.year() < 0 => Timestamp::MIN,
        Err(_) => Timestamp::MAX,
    }
}

fn widened((first, last): (Date, Date)) -> (Date, Date) {
    (
        first.yesterday().unwrap_or(first),
        last.tomorrow().unwrap_or(last),
    )
}

/// Gives a window of no length a second: an answer may leave the end out. Others stay as they are,
/// since one of just 24 hours would need another call for the second.
fn not_empty((start, end): (Timestamp, Timestamp)) -> (Timestamp, Timestamp) {
    if start == end {
        (start, a_second_after(end))
    } else {
        (start, end)
    }
}

fn a_second_after(end: Timestamp) -> Timestamp {
    let next = whole_seconds(end).saturating_add(1);
    Timestamp::from_second(next).unwrap_or(end)
}
