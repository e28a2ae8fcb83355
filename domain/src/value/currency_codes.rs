//! The currency codes of ISO 4217 with their minor units.
//!
//! The list only grows: what was a currency once is accepted for ever, because stored revenue that
//! is sent again must be recognised. Sources: ISO 4217 list one (active codes), published
//! 2026-01-01; withdrawn codes from the currency data of OpenJDK 17.0.15. Codes without minor
//! units, such as gold, count as 2.

/// The codes by the number of their decimal places, each list in alphabetical order.
pub(super) const CODES: [(u8, &[&str]); 4] = [
    (
        0,
        &[
            "ADP", "BEF", "BIF", "BYB", "BYR", "CLP", "DJF", "ESP", "GNF", "GRD", "ISK", "ITL",
            "JPY", "KMF", "KRW", "LUF", "MGF", "PTE", "PYG", "ROL", "RWF", "TPE", "TRL", "UGX",
            "UYI", "VND", "VUV", "XAF", "XOF", "XPF",
        ],
    ),
    (
        2,
        &[
            "AED", "AFA", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "ATS", "AUD", "AWG", "AYM",
            "AZM", "AZN", "BAM", "BBD", "BDT", "BGL", "BGN", "BMD", "BND", "BOB", "BOV", "BRL",
            "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY", "COP",
            "COU", "CRC", "CSD", "CUC", "CUP", "CVE", "CYP", "CZK", "DEM", "DKK", "DOP", "DZD",
            "EEK", "EGP", "ERN", "ETB", "EUR", "FIM", "FJD", "FKP", "FRF", "GBP", "GEL", "GHC",
            "GHS", "GIP", "GMD", "GTQ", "GWP", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR",
            "IEP", "ILS", "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK",
            "LBP", "LKR", "LRD", "LSL", "LTL", "LVL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT",
            "MOP", "MRO", "MRU", "MTL", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZM", "MZN",
            "NAD", "NGN", "NIO", "NLG", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR",
            "PLN", "QAR", "RON", "RSD", "RUB", "RUR", "SAR", "SBD", "SCR", "SDD", "SDG", "SEK",
            "SGD", "SHP", "SIT", "SKK", "SLE", "SLL", "SOS", "SRD", "SRG", "SSP", "STD", "STN",
            "SVC", "SYP", "SZL", "THB", "TJS", "TMM", "TMT", "TOP", "TRY", "TTD", "TWD", "TZS",
            "UAH", "USD", "USN", "USS", "UYU", "UZS", "VEB", "VED", "VEF", "VES", "WST", "XAD",
            "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XCD", "XCG", "XDR", "XFO", "XFU", "XPD",
            "XPT", "XSU", "XTS", "XUA", "XXX", "YER", "YUM", "ZAR", "ZMK", "ZMW", "ZWD", "ZWG",
            "ZWL", "ZWN", "ZWR",
        ],
    ),
    (3, &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
    (4, &["CLF", "UYW"]),
];
