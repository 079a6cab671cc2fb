//! What is particular to actix-web: scopes, resources and routes, later extractors, app data, outer middleware.
