//! The providers: one module each, none of which knows another.

pub mod human_api;
pub mod metriport;
pub mod thryve;
pub mod withings;

/// Every provider shows its events in the neutral view, and plans the calls that follow them; one
/// that does not would not compile here. A test compares this list with the modules above.
const _: () = {
    const fn each<P, A>()
    where
        P: crate::Provider<Event: crate::view::NeutralView + serde::Serialize>,
        A: crate::follow_up::FollowUpApi<Event = P::Event>,
    {
    }

    each::<human_api::HumanApi, human_api::Api>();
    each::<metriport::Metriport, metriport::Api>();
    each::<thryve::Thryve, thryve::Api>();
    each::<withings::Withings, withings::Api>();
};
