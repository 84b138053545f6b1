//! The HubSpot connector of acquaint.
