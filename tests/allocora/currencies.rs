//! Currencies: the list only grows, and stored revenue is never judged by it.

use std::collections::BTreeSet;

use domain::value::{Currency, FromText};
use serde_json::{Value, json};

use crate::harness::Api;

fn places(code: &str) -> Option<u8> {
    Currency::from_text(code)
        .ok()
        .and_then(|currency| currency.minor_unit_places())
}

#[test]
fn active_and_withdrawn_codes_have_minor_units_and_others_are_refused() {
    for (code, expected) in [
        ("EUR", 2),
        ("usd", 2),
        ("JPY", 0),
        ("BHD", 3),
        ("CLF", 4),
        ("UYW", 4),
        ("XAU", 2),
        // Withdrawn, some of them lately.
        ("ANG", 2),
        ("BGN", 2),
        ("DEM", 2),
        ("HRK", 2),
        ("ITL", 0),
        ("ZWL", 2),
        // Young.
        ("XCG", 2),
        ("ZWG", 2),
        ("SLE", 2),
    ] {
        assert_eq!(places(code), Some(expected), "{code}");
    }
    for code in ["", "EU", "EURO", "AAA", "EUR ", "€", "E\u{212a}R", "ßß"] {
        assert!(Currency::from_text(code).is_err(), "{code:?}");
    }
}

/// The codes of the first version of the list.
const ONCE_ACCEPTED: &str = "\
    ADP AED AFA AFN ALL AMD ANG AOA ARS ATS AUD AWG AYM AZM AZN BAM BBD BDT BEF BGL BGN BHD \
    BIF BMD BND BOB BOV BRL BSD BTN BWP BYB BYN BYR BZD CAD CDF CHE CHF CHW CLF CLP CNY COP \
    COU CRC CSD CUC CUP CVE CYP CZK DEM DJF DKK DOP DZD EEK EGP ERN ESP ETB EUR FIM FJD FKP \
    FRF GBP GEL GHC GHS GIP GMD GNF GRD GTQ GWP GYD HKD HNL HRK HTG HUF IDR IEP ILS INR IQD \
    IRR ISK ITL JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LUF \
    LVL LYD MAD MDL MGA MGF MKD MMK MNT MOP MRO MRU MTL MUR MVR MWK MXN MXV MYR MZM MZN NAD \
    NGN NIO NLG NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PTE PYG QAR ROL RON RSD RUB RUR RWF \
    SAR SBD SCR SDD SDG SEK SGD SHP SIT SKK SLE SLL SOS SRD SRG SSP STD STN SVC SYP SZL THB \
    TJS TMM TMT TND TOP TPE TRL TRY TTD TWD TZS UAH UGX USD USN USS UYI UYU UYW UZS VEB VED \
    VEF VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XFO XFU XOF XPD XPF XPT \
    XSU XTS XUA XXX YER YUM ZAR ZMK ZMW ZWD ZWG ZWL ZWN ZWR";

/// A code that was once accepted must be accepted for ever: it may be in a ledger.
#[test]
fn no_code_is_ever_removed() {
    let letters = b'A'..=b'Z';
    let mut codes = BTreeSet::new();
    for a in letters.clone() {
        for b in letters.clone() {
            for c in letters.clone() {
                let code = String::from_utf8(vec![a, b, c]).unwrap();
                codes.extend(places(&code).map(|_| code));
            }
        }
    }
    let missing: Vec<&str> = ONCE_ACCEPTED
        .split_whitespace()
        .filter(|code| !codes.contains(*code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn a_filter_takes_any_code() {
    let api = Api::start().await;
    let revenue = json!({"external_id": "r", "type": "sale", "amount": 1, "currency": "hrk",
        "occurred_at": "2020-01-01"});
    let created = api.post("/api/v1/revenues", revenue).await.expect(201);
    assert_eq!(created["data"]["currency"], json!("HRK"));
    let total = async |currency: &str| {
        let path = format!("/api/v1/revenues?currency={currency}");
        api.get(&path).await.expect(200)["meta"]["total"].clone()
    };
    assert_eq!(total("hrk").await, json!(1));
    assert_eq!(
        total("AAA").await,
        json!(0),
        "a code that is not listed is in no revenue"
    );
    for currency in ["EURO", "12A", ""] {
        let path = format!("/api/v1/revenues?currency={currency}");
        let problem: Value = api.get(&path).await.problem(400, "malformed_query");
        assert_eq!(
            problem["errors"][0]["code"],
            json!("invalid_value"),
            "{currency}"
        );
    }
}
