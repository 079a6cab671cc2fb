//! A small view of events that is the same for all providers.
//!
//! Code that serves several providers asks of each event the same few things: what happened, to
//! whose data, from which source, of which kinds, in which period. [`NeutralView::views`] answers
//! them. It is a view: the provider's own event stays as it is, and says more.
//!
//! | question | where it is answered |
//! |---|---|
//! | what happened | [`View::what`], and [`View::status`] of a job |
//! | whose | [`View::user`]: the provider's id, the application's own id |
//! | which source | [`View::sources`] |
//! | which kinds of data | [`View::kinds`] |
//! | which period | [`View::period`]: instants or calendar days, never mixed up |
//! | when | [`View::at`] |
//!
//! # JSON
//!
//! A view serialises to an object with the members `what`, `event_type`, `user`, `sources`,
//! `kinds`, `period`, `at` and `status`; what is absent or empty is left out.
//!
//! ```json
//! {
//!   "what": "data-available",
//!   "event_type": "notification.data.daily.createupdate",
//!   "user": {"id": "u-5512", "own_id": "patient-9"},
//!   "sources": [{"id": "8", "name": "Withings"}],
//!   "kinds": ["activity", "sleep"],
//!   "period": {"first_day": "2024-01-27", "last_day": "2024-01-28"}
//! }
//! ```
//!
//! A period of instants has `start` and `end` instead, in UTC.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::delivery::Delivery;

mod kind;
mod period;

pub use self::kind::DataKind;
pub use self::period::{Period, Span};

/// Shows an event in terms that all providers share.
///
/// Every provider of this crate implements it for its event, once. A provider of one's own may.
///
/// ```
/// use pulsehook_core::view::{NeutralView, View, What};
///
/// struct Beat { user: String }
///
/// impl NeutralView for Beat {
///     fn views(&self) -> Vec<View<'_>> {
///         vec![View::new(What::DataPushed).with_event_type("heart.beat").with_user(&self.user)]
///     }
/// }
///
/// let beat = Beat { user: "u-1".to_owned() };
/// assert_eq!(beat.views()[0].user.id.as_deref(), Some("u-1"));
/// ```
pub trait NeutralView {
    /// Returns one view for each user that the event speaks of, in their order; one without a user
    /// where it speaks of none.
    fn views(&self) -> Vec<View<'_>>;
}

impl<E: NeutralView> Delivery<E> {
    /// Walks the views of all events, see [`NeutralView`].
    pub fn views(&self) -> impl Iterator<Item = View<'_>> {
        self.events().iter().flat_map(NeutralView::views)
    }
}

/// Says what an event means, for one user.
///
/// `Debug` prints health data, and so does the serialised form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct View<'e> {
    /// What happened.
    pub what: What,
    /// The event's type: its name on the wire or, where the wire has none, a name of this crate for
    /// what tells it apart; `None` for an item that nothing tells apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<Cow<'e, str>>,
    /// Whose data it is about.
    #[serde(skip_serializing_if = "User::is_unknown")]
    pub user: User<'e>,
    /// The sources: devices, their makers, or networks of medical records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<DataSource<'e>>,
    /// The kinds of data, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<DataKind>,
    /// The period of the data; `None` where the event names none, or one that ends before it
    /// starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Period>,
    /// When it happened, as the provider says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How the job stands that the event tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<JobStatus>,
}

impl<'e> View<'e> {
    /// Starts a view that says only what happened.
    #[must_use]
    pub fn new(what: What) -> Self {
        Self {
            what,
            event_type: None,
            user: User::default(),
            sources: Vec::new(),
            kinds: Vec::new(),
            period: None,
            at: None,
            status: None,
        }
    }

    /// Names the event's type.
    #[must_use]
    pub fn with_event_type(mut self, event_type: impl Into<Cow<'e, str>>) -> Self {
        self.event_type = Some(event_type.into());
        self
    }

    /// Names the user by the provider's id.
    #[must_use]
    pub fn with_user(mut self, id: impl Into<Cow<'e, str>>) -> Self {
        self.user.id = Some(id.into());
        self
    }

    /// Names the user by the application's own id, where the event has it.
    #[must_use]
    pub fn with_own_id(mut self, own_id: Option<&'e str>) -> Self {
        self.user.own_id = own_id.map(Cow::Borrowed);
        self
    }

    /// Adds a source.
    #[must_use]
    pub fn with_source(mut self, source: DataSource<'e>) -> Self {
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
        self
    }

    /// Adds a kind of data.
    #[must_use]
    pub fn with_kind(mut self, kind: DataKind) -> Self {
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
        self
    }

    /// Sets the period of the data.
    #[must_use]
    pub fn with_period(mut self, period: Option<Period>) -> Self {
        self.period = period;
        self
    }

    /// Says when it happened.
    #[must_use]
    pub fn with_time(mut self, at: Option<Timestamp>) -> Self {
        self.at = at;
        self
    }

    /// Says how a job stands.
    #[must_use]
    pub fn with_status(mut self, status: Option<JobStatus>) -> Self {
        self.status = status;
        self
    }
}

/// Says what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum What {
    /// A user connected a source.
    Connected,
    /// A source is connected no longer.
    Disconnected,
    /// Data is new or changed, and can be fetched; see [`follow_up`](crate::follow_up). Where a job
    /// brought it, [`View::status`] tells how that stands: even of one that failed there can be
    /// some.
    DataAvailable,
    /// The event brings data.
    DataPushed,
    /// The user is gone.
    UserRemoved,
    /// Something happened of which the event says all; there is nothing to fetch.
    Notice,
    /// The provider tests the endpoint.
    EndpointTest,
    /// A job that was asked for goes on, or ended; see [`View::status`].
    JobStatus,
    /// What the event means is not known, or it could not be decoded.
    Unknown,
}

impl What {
    /// Returns the word that it serialises to.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::DataAvailable => "data-available",
            Self::DataPushed => "data-pushed",
            Self::UserRemoved => "user-removed",
            Self::Notice => "notice",
            Self::EndpointTest => "endpoint-test",
            Self::JobStatus => "job-status",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

crate::string_enum! {
    /// Says how a job stands.
    pub enum JobStatus {
        /// It has not begun.
        Waiting = "waiting",
        /// It goes on.
        InProgress = "in-progress",
        /// It is done.
        Completed = "completed",
        /// It did not work.
        Failed = "failed",
        /// It was given up.
        Cancelled = "cancelled",
    }
}

/// Names a user.
///
/// `Debug` prints the ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct User<'e> {
    /// The provider's id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Cow<'e, str>>,
    /// The application's own id, as it was told to the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_id: Option<Cow<'e, str>>,
}

impl User<'_> {
    /// Tells whether neither id is known.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.id.is_none() && self.own_id.is_none()
    }
}

/// Names a source of data.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct DataSource<'e> {
    /// What the provider calls it: a word or a number.
    pub id: Cow<'e, str>,
    /// A name to show, where it is another than the id and known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Cow<'e, str>>,
}

impl<'e> DataSource<'e> {
    /// Names a source as the provider does.
    #[must_use]
    pub fn new(id: impl Into<Cow<'e, str>>) -> Self {
        Self {
            id: id.into(),
            name: None,
        }
    }

    /// Adds a name to show.
    #[must_use]
    pub fn with_name(mut self, name: Option<impl Into<Cow<'e, str>>>) -> Self {
        self.name = name.map(Into::into);
        self
    }
}
