// SPDX-License-Identifier: MIT OR Apache-2.0
//! Published examples of webhook signatures.
use chancery::{
    UnixTime,
    webhook::{Verifier, provider},
};

#[test]
fn a_first_look() {
    let v =
        Verifier::new(provider::STANDARD.secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()).unwrap();
    let headers = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,bad v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let d = v
        .verify(&headers, b"{\"test\": 2432232314}", UnixTime::from_secs(1_614_265_330))
        .unwrap()
        .allow_replays();
    assert_eq!(d.id(), Some("msg_p5jXN8AQM9LWM0D4loKWxJek"));
    let v = Verifier::new(provider::BOX.secret("SamplePrimaryKey").unwrap()).unwrap();
    let body = "{\"type\":\"webhook_event\",\"webhook\":{\"id\":\"1234567890\"},\"trigger\":\"FILE.UPLOADED\",\"source\":{\"id\":\"1234567890\",\"type\":\"file\",\"name\":\"Test.txt\"}}";
    let headers = [
        ("box-signature-primary", "6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI="),
        ("box-delivery-timestamp", "2020-01-01T00:00:00-07:00"),
    ];
    v.verify(&headers, body, UnixTime::from_secs(1_577_862_000)).unwrap().allow_replays();
}
