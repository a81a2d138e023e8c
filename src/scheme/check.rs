// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a scheme must be, so that one signature is of one delivery only.

use crate::{
    ConfigError,
    scheme::{Algorithm, Carrier, Part, Place, Scheme, Unit},
};

impl Scheme {
    /// # Errors
    /// [`ConfigError::Scheme`].
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let sound = self.is_complete()
            && self.has_a_signed_time()
            && self.has_a_signed_nonce()
            && self.is_read_in_one_way();
        sound.then_some(()).ok_or(ConfigError::Scheme)
    }

    /// There is a place for a signature, and whatever is signed has a place where it stands.
    fn is_complete(&self) -> bool {
        let has_carrier = match self.carrier {
            Carrier::Headers { names } => !names.is_empty(),
            Carrier::Header { name, .. }
            | Carrier::Numbered { name }
            | Carrier::Pairs { name, .. }
            | Carrier::Versions { name, .. }
            | Carrier::Query { name } => !name.is_empty(),
            Carrier::Item => true,
        };
        let is_of_delivery = |part: &Part| !matches!(part, Part::Text(_));
        let signs_something = self.algorithm == Algorithm::Token || self.parts.iter().any(is_of_delivery);
        let has_place = |part: &Part| match part {
            Part::Id => self.id.is_some(),
            Part::Timestamp => self.stamp.is_some_and(|stamp| self.finds(stamp.place)),
            Part::Query(_) => matches!(self.carrier, Carrier::Query { .. }),
            _ => true,
        };
        has_carrier && signs_something && self.parts.iter().all(has_place)
    }

    /// Whether there is a text of the time before the body is read.
    fn finds(&self, place: Place) -> bool {
        match place {
            Place::Header(_) | Place::Query(_) => true,
            Place::Pair(_) => matches!(self.carrier, Carrier::Pairs { .. }),
            #[cfg(feature = "json")]
            Place::Body(_) => false,
        }
    }

    /// A time that anybody could have written says nothing.
    fn has_a_signed_time(&self) -> bool {
        self.stamp.is_none_or(|stamp| {
            self.signs(Part::Timestamp)
                || match stamp.place {
                    Place::Query(_) => self.parts.iter().any(|part| matches!(part, Part::Query(_))),
                    #[cfg(feature = "json")]
                    Place::Body(_) => self.signs(Part::Body),
                    _ => false,
                }
        })
    }

    /// It is remembered for as long as the time is good, and under the secret: with a second signature under
    /// another one, a copy would be taken for something else.
    fn has_a_signed_nonce(&self) -> bool {
        let one_signature = matches!(self.carrier, Carrier::Header { .. });
        !self.nonce || one_signature && self.signs(Part::Id) && self.signs(Part::Timestamp)
    }

    /// No bytes can be moved from one part to the next. An identifier is printable and has neither `.` nor `:`, and a
    /// time of RFC 3339, which has a `:` at its fourteenth byte, begins and ends in one place only. A URL has no
    /// white space.
    fn is_read_in_one_way(&self) -> bool {
        let rfc3339 = self.stamp.is_some_and(|stamp| stamp.unit == Unit::Rfc3339);
        let edge = |byte: Option<&u8>| byte.is_some_and(|byte| b".:\n".contains(byte));
        let starts_line = |text: &str| text.starts_with('\n');
        let no_capital = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_uppercase());
        self.parts.windows(2).all(|two| match two {
            [Part::Id, Part::Text(text)] => edge(text.as_bytes().first()),
            [Part::Text(text), Part::Id] => edge(text.as_bytes().last()),
            [Part::Id, Part::Timestamp] | [Part::Timestamp, Part::Id] => rfc3339,
            [Part::Id, _] | [_, Part::Id] => false,
            // A method is of capitals: what touches it must not be, at either side.
            [Part::Method, Part::Text(text)] => no_capital(text.as_bytes().first()),
            [Part::Text(text), Part::Method] => no_capital(text.as_bytes().last()),
            [Part::Method, next] => matches!(next, Part::Url | Part::UrlDecoded(_)),
            [before, Part::Method] => *before == Part::Timestamp,
            [Part::RequestUrl, next] => matches!(next, Part::Text(text) if starts_line(text)),
            [Part::BodyHash, other] | [other, Part::BodyHash] => matches!(other, Part::Text(_)),
            [before, Part::RequestUrl] => matches!(before, Part::Text(_)),
            [Part::Query(_), _] | [_, Part::Query(_)] => false,
            _ => true,
        })
    }
}
