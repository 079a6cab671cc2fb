//! What messages say, in terms that all providers share.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::event::Event;
use super::legacy::{ConnectionStatus, SourceUpdate};
use super::named::AnySample;
use super::push::DataBlock;
use super::tables::{Dimension, data_source, data_type};
use super::time::{Day, Time};
use crate::text::Text;
use crate::view::{DataKind, DataSource, NeutralView, Period, View, What};

/// How many kinds without a word one view names at most; the sender chooses the numbers.
const MOST_OTHER_KINDS: usize = 64;

impl NeutralView for Event {
    fn views(&self) -> Vec<View<'_>> {
        vec![self.view()]
    }
}

impl Event {
    fn view(&self) -> View<'_> {
        match self {
            Self::SourceConnect(it) => self
                .start(What::Connected)
                .with_source(source(it.data.data_source_id))
                .with_time(it.data.timestamp.instant()),
            Self::SourceDisconnect(it) => self
                .start(What::Disconnected)
                .with_source(source(it.data.data_source_id))
                .with_time(it.data.timestamp.instant()),
            Self::EpochChange(it) => {
                let data = &it.data;
                self.start(What::DataAvailable)
                    .with_source(source(data.data_source_id))
                    .with_kinds(Dimension::Epoch, Some(&data.data_type_ids))
                    .with_period(instants(
                        Some(&data.start_timestamp),
                        Some(&data.end_timestamp),
                    ))
            }
            Self::DailyChange(it) => {
                let data = &it.data;
                self.start(What::DataAvailable)
                    .with_source(source(data.data_source_id))
                    .with_kinds(Dimension::Daily, Some(&data.data_type_ids))
                    .with_period(days(Some(&data.start_day), Some(&data.end_day)))
            }
            Self::EpochCreate(it) | Self::EpochUpdate(it) => self.pushed(&it.data, true),
            Self::DailyCreate(it) | Self::DailyUpdate(it) => self.pushed(&it.data, false),
            Self::V5Connection(it) => self.of_update(
                it,
                match it.part {
                    ConnectionStatus::New => What::Connected,
                    ConnectionStatus::Deleted => What::Disconnected,
                    ConnectionStatus::Other(_) => What::Unknown,
                },
            ),
            Self::V5Daily(it) => self
                .of_update(it, What::DataAvailable)
                .with_kinds(
                    Dimension::Daily,
                    it.part.daily_dynamic_value_types.as_deref(),
                )
                .with_period(days(it.part.start(), it.part.end())),
            Self::V5Epoch(it) => self
                .of_update(it, What::DataAvailable)
                .with_kinds(Dimension::Epoch, it.part.dynamic_value_types.as_deref())
                .with_period(instants(it.part.start(), it.part.end())),
            // It names instants, whatever the kind of update.
            Self::OldestUpdate(it) => {
                self.of_update(it, What::DataAvailable)
                    .with_period(instants(
                        Some(&it.part.start_timestamp),
                        Some(&it.part.end_timestamp),
                    ))
            }
            Self::Unknown(_) => self.start(What::Unknown),
        }
    }

    /// Starts a view with type and user.
    fn start(&self, what: What) -> View<'_> {
        let mut view = View::new(what)
            .with_event_type(self.event_type())
            .with_own_id(self.end_user_alias().map(Text::as_str));
        if let Some(id) = self.end_user_id() {
            view = view.with_user(id.as_str());
        }
        view
    }

    /// Starts the view of a retired format.
    fn of_update<P>(&self, update: &SourceUpdate<P>, what: What) -> View<'_> {
        self.start(what)
            .with_source(source(update.data_source))
            .with_time(update.created_at.as_ref().and_then(Time::instant))
    }

    /// Makes the view of a push in one pass over its samples.
    fn pushed<'e>(&'e self, blocks: &'e [DataBlock], is_epoch: bool) -> View<'e> {
        let mut view = self.start(What::DataPushed);
        let mut seen = BTreeSet::new();
        let mut kinds = Kinds::default();
        let (mut instants, mut days) = (Extent::default(), Extent::default());
        for block in blocks {
            if seen.insert(block.data_source_id) {
                let name = block.data_source_name.as_deref();
                view.sources.push(source_or(block.data_source_id, name));
            }
            for sample in block.samples() {
                kinds.add(sample.data_type_id(), sample.dimension());
                match sample.sample {
                    AnySample::Epoch(it) => {
                        instants.add(it.start_timestamp.instant());
                        instants.add(it.end_timestamp.as_ref().and_then(Time::instant));
                    }
                    AnySample::Daily(it) => days.add(it.day.date()),
                }
            }
        }
        view.kinds = kinds.found;
        let instants: Option<(Timestamp, Timestamp)> = instants.0;
        let days: Option<(Date, Date)> = days.0;
        let instants = instants.and_then(|(start, end)| Period::instants(Some(start), Some(end)));
        let days = days.and_then(|(first, last)| Period::days(Some(first), Some(last)));
        // Samples of the other dimension may stand beside those that the type announces.
        view.with_period(if is_epoch {
            instants.or(days)
        } else {
            days.or(instants)
        })
    }
}

impl View<'_> {
    /// Adds the kinds of data types.
    fn with_kinds(mut self, dimension: Dimension, ids: Option<&[i64]>) -> Self {
        let mut kinds = Kinds::default();
        for id in ids.unwrap_or_default() {
            kinds.add(*id, dimension);
        }
        self.kinds = kinds.found;
        self
    }
}

/// Collects kinds, each once.
#[derive(Default)]
struct Kinds {
    found: Vec<DataKind>,
    /// The numbers without a word that are among them.
    others: Vec<i64>,
    last: Option<(i64, Dimension)>,
}

impl Kinds {
    fn add(&mut self, id: i64, dimension: Dimension) {
        // Neighbours are often of one type.
        if self.last.replace((id, dimension)) == Some((id, dimension)) {
            return;
        }
        let kind = match data_type(id, dimension) {
            Some(known) if self.found.contains(&known.kind) => return,
            Some(known) => known.kind,
            None if self.others.len() == MOST_OTHER_KINDS || self.others.contains(&id) => return,
            None => {
                self.others.push(id);
                DataKind::Other(Text::from(id.to_string()))
            }
        };
        self.found.push(kind);
    }
}

/// The least and the greatest of some points in time.
struct Extent<T>(Option<(T, T)>);

impl<T> Default for Extent<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Copy + Ord> Extent<T> {
    fn add(&mut self, point: Option<T>) {
        let Some(point) = point else {
            return;
        };
        self.0 = Some(match self.0 {
            Some((least, greatest)) => (least.min(point), greatest.max(point)),
            None => (point, point),
        });
    }
}

fn instants(start: Option<&Time>, end: Option<&Time>) -> Option<Period> {
    Period::instants(start.and_then(Time::instant), end.and_then(Time::instant))
}

fn days(first: Option<&Day>, last: Option<&Day>) -> Option<Period> {
    Period::days(first.and_then(Day::date), last.and_then(Day::date))
}

fn source(id: i64) -> DataSource<'static> {
    source_or(id, None)
}

/// Names a source by the table, or else as the message does.
fn source_or(id: i64, name: Option<&str>) -> DataSource<'_> {
    let known = data_source(id).map(|known| known.name);
    DataSource::new(id.to_string()).with_name(known.or(name).map(Cow::Borrowed))
}
