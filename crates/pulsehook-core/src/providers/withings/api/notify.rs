//! Subscriptions ("Notify" of the API reference and the guide "Notification subscribe" at
//! developer.withings.com, read November 2026).

use super::{Api, Service};
use crate::follow_up::Call;
use crate::providers::withings::category::Category;

const PATH: &str = "/notify";
const SUBSCRIBE: Service = Service::new(Api::NOTIFY_SUBSCRIBE, PATH, "subscribe");

/// Subscriptions: one for each user, category and URL. Space such calls by seconds.
///
/// The callback URL holds the secret that proves notifications, so these calls do too.
impl Api {
    /// Makes a subscription.
    pub const NOTIFY_SUBSCRIBE: &'static str = "Notify – Subscribe";
    /// One subscription.
    pub const NOTIFY_GET: &'static str = "Notify – Get";
    /// All subscriptions.
    pub const NOTIFY_LIST: &'static str = "Notify – List";
    /// Changes a subscription.
    pub const NOTIFY_UPDATE: &'static str = "Notify – Update";
    /// Takes a subscription back.
    pub const NOTIFY_REVOKE: &'static str = "Notify – Revoke";

    /// Subscribes to a category; `comment` can be added. For category 53 there is
    /// [`notify_subscribe_device_set_up`](Api::notify_subscribe_device_set_up).
    ///
    /// Withings calls the URL with `HEAD` meanwhile, and answers 293 where that fails.
    #[must_use]
    pub fn notify_subscribe(&self, user_id: u64, callback_url: &str, category: Category) -> Call {
        let call = self.of_user(&SUBSCRIBE, user_id);
        subscription(call, callback_url, category)
    }

    /// Subscribes to the set-up of devices (53), once for the application; the call is to be
    /// [signed](super::Application::authorize).
    #[must_use]
    pub fn notify_subscribe_device_set_up(&self, callback_url: &str) -> Call {
        let call = self.signed(&SUBSCRIBE);
        subscription(call, callback_url, Category::DeviceSetUp)
    }

    /// Asks for a subscription.
    #[must_use]
    pub fn notify_get(
        &self,
        user_id: u64,
        callback_url: &str,
        category: impl Into<Option<Category>>,
    ) -> Call {
        const SERVICE: Service = Service::new(Api::NOTIFY_GET, PATH, "get");
        let call = self.of_user(&SERVICE, user_id);
        of_category(call.with_form("callbackurl", callback_url), category.into())
    }

    /// Asks for all subscriptions of a user, or for those to a category.
    ///
    /// The body of the answer has a list `profiles` of objects with `appli`, `callbackurl`,
    /// `comment` and `expires`.
    #[must_use]
    pub fn notify_list(&self, user_id: u64, category: impl Into<Option<Category>>) -> Call {
        const SERVICE: Service = Service::new(Api::NOTIFY_LIST, PATH, "list");
        of_category(self.of_user(&SERVICE, user_id), category.into())
    }

    /// Changes URL and category of a subscription, from the first pair to the second.
    #[must_use]
    pub fn notify_update(
        &self,
        user_id: u64,
        (callback_url, category): (&str, Category),
        (new_callback_url, new_category): (&str, Category),
        comment: &str,
    ) -> Call {
        const SERVICE: Service = Service::new(Api::NOTIFY_UPDATE, PATH, "update");
        let call = self.of_user(&SERVICE, user_id);
        subscription(call, callback_url, category)
            .with_form("new_callbackurl", new_callback_url)
            .with_form("new_appli", new_category.number().to_string())
            .with_form("comment", comment)
    }

    /// Takes subscriptions back: those of a URL, to a category, or both.
    #[must_use]
    pub fn notify_revoke(
        &self,
        user_id: u64,
        callback_url: Option<&str>,
        category: impl Into<Option<Category>>,
    ) -> Call {
        const SERVICE: Service = Service::new(Api::NOTIFY_REVOKE, PATH, "revoke");
        let mut call = self.of_user(&SERVICE, user_id);
        if let Some(callback_url) = callback_url {
            call = call.with_form("callbackurl", callback_url);
        }
        of_category(call, category.into())
    }
}

fn subscription(call: Call, callback_url: &str, category: Category) -> Call {
    let call = call.with_form("callbackurl", callback_url);
    of_category(call, Some(category))
}

fn of_category(call: Call, category: Option<Category>) -> Call {
    match category {
        Some(category) => call.with_form("appli", category.number().to_string()),
        None => call,
    }
}
