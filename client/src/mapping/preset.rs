//! The maps that come with the program.

/// A map that comes with the program.
#[derive(Debug)]
pub struct Preset {
    /// Its name on the command line.
    pub name: &'static str,
    /// The report that it reads.
    pub report: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// All of them.
pub const PRESETS: [Preset; 4] = [
    Preset {
        name: "stripe-balance",
        report: "Stripe: itemized balance change from activity",
        text: include_str!("../../presets/stripe-balance.toml"),
    },
    Preset {
        name: "shopify-payments",
        report: "Shopify Payments: exported payout transactions",
        text: include_str!("../../presets/shopify-payments.toml"),
    },
    Preset {
        name: "google-play-earnings",
        report: "Google Play: earnings",
        text: include_str!("../../presets/google-play-earnings.toml"),
    },
    Preset {
        name: "app-store-financial",
        report: "Apple App Store: financial detail",
        text: include_str!("../../presets/app-store-financial.toml"),
    },
];
