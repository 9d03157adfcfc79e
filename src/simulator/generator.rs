//! What happens to the simulated reservations, night by night: booked, moved, cancelled, amended, reinstated, corrected.
//!
//! Pure: a state is a function of (seed, reservation, night), so a million of them need no memory and the same options
//! give the same nights. Nothing here knows what was delivered or acknowledged; that is the queue's.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::catalogue::{ADD_ONS, PACKAGES};
use super::dice::Dice;
use super::person::Person;

/// How many reservations there are, and how they change.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorOptions {
    pub seed: u64,
    /// Booked on the first night.
    pub reservations: u32,
    /// Booked on every later night.
    pub new_per_night: u32,
    /// Share of the reservations whose day has not passed that change in a night, 0.0 to 1.0.
    pub changes: f64,
    /// Share of the states that are delivered with a defect, 0.0 to 1.0. Corrected one to three nights later.
    pub defects: f64,
    /// From this night on, deliveries have no defects.
    pub faultless_from: u16,
    /// Serial numbers are `<prefix>-000123`. ASCII letters, digits and hyphens.
    pub serial_prefix: String,
}

impl Default for GeneratorOptions {
    fn default() -> GeneratorOptions {
        GeneratorOptions {
            seed: 1,
            reservations: 0,
            new_per_night: 0,
            changes: 0.17,
            defects: 0.0,
            faultless_from: u16::MAX,
            serial_prefix: "ZJ109".to_owned(),
        }
    }
}

/// One state of a reservation: the reservation as it was from this night on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateKey {
    pub reservation: u32,
    pub night: u16,
}

/// The event that made a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Booked,
    Rescheduled,
    Cancelled,
    Amended,
    Reinstated,
    /// A defect was repaired: this state replaces the defective one of `since`.
    Corrected {
        since: u16,
    },
}

/// The defect of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    OverLongName,
    UnknownStatus,
    ImpossibleDate,
    NegativeFee,
    ThreeDecimals,
    MissingHospital,
    NulCharacter,
    /// The identity number's: a client should warn, and take the record.
    WrongCheckDigit,
}

impl Defect {
    pub const ALL: [Defect; 8] = [
        Defect::OverLongName,
        Defect::UnknownStatus,
        Defect::ImpossibleDate,
        Defect::NegativeFee,
        Defect::ThreeDecimals,
        Defect::MissingHospital,
        Defect::NulCharacter,
        Defect::WrongCheckDigit,
    ];
}

/// A package and its add-ons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Position in [`PACKAGES`].
    pub package: u8,
    /// Bit n: the add-on at position n of [`ADD_ONS`].
    pub add_ons: u16,
}

/// A reservation as it stands after a night.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub status: Status,
    pub check_date: NaiveDate,
    pub offer: Offer,
    pub defect: Option<Repair>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Booked,
    Rescheduled,
    Cancelled,
}

/// A defect, since when it is there, and when it goes away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repair {
    pub defect: Defect,
    since: u16,
    on: u16,
}

/// Key part that keeps these numbers apart from a person's.
const NIGHT: u64 = 2;

/// Appointments lie within so many days of the night they were made in.
const HORIZON_DAYS: u32 = 60;

/// The simulated world of one account.
#[derive(Debug, Clone)]
pub struct Generator {
    pub options: GeneratorOptions,
    /// The calendar day of night 0.
    first_date: NaiveDate,
}

impl Generator {
    pub fn new(options: GeneratorOptions, first_date: NaiveDate) -> Generator {
        Generator { options, first_date }
    }

    /// How many reservations there are on this night.
    pub fn reservations(&self, night: u16) -> u32 {
        self.options.reservations.saturating_add(self.options.new_per_night.saturating_mul(u32::from(night)))
    }

    /// The states that come about on this night, by reservation, each with what made it.
    pub fn events(&self, night: u16) -> impl Iterator<Item = (StateKey, Event)> {
        (0..self.reservations(night)).filter_map(move |reservation| {
            let (_, event) = self.trace(reservation, night);
            event.map(|event| (StateKey { reservation, night }, event))
        })
    }

    /// The reservation as it stands after that night.
    pub fn standing(&self, key: StateKey) -> Standing {
        self.trace(key.reservation, key.night).0
    }

    pub fn serial_number(&self, reservation: u32) -> String {
        format!("{}-{reservation:06}", self.options.serial_prefix)
    }

    /// The reservation of that serial number, if it has been booked by this night.
    pub fn find(&self, serial_number: &str, night: u16) -> Option<u32> {
        let number = serial_number.strip_prefix(&self.options.serial_prefix)?.strip_prefix('-')?;
        let reservation = number.parse().ok()?;
        let exists = reservation < self.reservations(night) && self.serial_number(reservation) == serial_number;
        exists.then_some(reservation)
    }

    /// Replays a reservation from its booking to this night: how it stands, and what happened on the night itself.
    fn trace(&self, reservation: u32, night: u16) -> (Standing, Option<Event>) {
        let booked_on = self.booking_night(reservation);
        let mut standing = self.book(reservation, booked_on);
        let mut event = Some(Event::Booked);
        for later in booked_on.saturating_add(1)..=night {
            event = self.step(reservation, later, &mut standing);
        }
        (standing, event)
    }

    fn booking_night(&self, reservation: u32) -> u16 {
        match reservation.checked_sub(self.options.reservations) {
            None => 0,
            Some(later) => {
                (later / self.options.new_per_night.max(1)).saturating_add(1).min(u32::from(u16::MAX)) as u16
            }
        }
    }

    fn book(&self, reservation: u32, night: u16) -> Standing {
        let mut dice = self.dice(reservation, night);
        let check_date = self.throw_date(&mut dice, night);
        let offer = self.throw_offer(&mut dice, reservation);
        let defect = self.throw_defect(&mut dice, night);
        Standing { status: Status::Booked, check_date, offer, defect }
    }

    fn step(&self, reservation: u32, night: u16, standing: &mut Standing) -> Option<Event> {
        if let Some(repair) = standing.defect {
            // Nobody changes a reservation that waits for its repair.
            if night < repair.on {
                return None;
            }
            standing.defect = None;
            return Some(Event::Corrected { since: repair.since });
        }
        let mut dice = self.dice(reservation, night);
        if !dice.chance(self.options.changes) || standing.check_date < self.date(night) {
            return None;
        }
        let event = match (standing.status, dice.below(100)) {
            (Status::Cancelled, _) => {
                standing.status = Status::Booked;
                standing.check_date = self.throw_date(&mut dice, night);
                Event::Reinstated
            }
            (_, 0..45) => {
                standing.status = Status::Rescheduled;
                standing.check_date = self.throw_other_date(&mut dice, night, standing.check_date);
                Event::Rescheduled
            }
            (_, 45..75) => {
                standing.offer = self.throw_other_offer(&mut dice, reservation, standing.offer);
                Event::Amended
            }
            _ => {
                standing.status = Status::Cancelled;
                Event::Cancelled
            }
        };
        standing.defect = self.throw_defect(&mut dice, night);
        Some(event)
    }

    fn dice(&self, reservation: u32, night: u16) -> Dice {
        Dice::new([self.options.seed, NIGHT, u64::from(reservation), u64::from(night)])
    }

    fn date(&self, night: u16) -> NaiveDate {
        later(self.first_date, u64::from(night))
    }

    /// A day within the horizon, never a Sunday.
    fn throw_date(&self, dice: &mut Dice, night: u16) -> NaiveDate {
        // Two days are left over for the steps past a Sunday and past the old day.
        not_sunday(later(self.date(night), u64::from(1 + dice.below(HORIZON_DAYS - 2))))
    }

    fn throw_other_date(&self, dice: &mut Dice, night: u16, old: NaiveDate) -> NaiveDate {
        let date = self.throw_date(dice, night);
        if date == old { not_sunday(later(date, 1)) } else { date }
    }

    fn throw_offer(&self, dice: &mut Dice, reservation: u32) -> Offer {
        let sex = Person::sex_of(self.options.seed, reservation);
        let fits = |package: u8| PACKAGES[usize::from(package)].only_for.is_none_or(|only| only == sex);
        let mut package = dice.below(PACKAGES.len() as u32) as u8;
        while !fits(package) {
            package = (package + 1) % PACKAGES.len() as u8;
        }
        // Six of ten take no add-on; the others two or three of them.
        let add_ons =
            if dice.chance(0.6) { 0 } else { (0..3).fold(0, |set, _| set | 1 << dice.below(ADD_ONS.len() as u32)) };
        Offer { package, add_ons }
    }

    fn throw_other_offer(&self, dice: &mut Dice, reservation: u32, old: Offer) -> Offer {
        let offer = self.throw_offer(dice, reservation);
        if offer == old { Offer { add_ons: old.add_ons ^ 1, ..old } } else { offer }
    }

    fn throw_defect(&self, dice: &mut Dice, night: u16) -> Option<Repair> {
        if !dice.chance(self.options.defects) {
            return None;
        }
        let nights = 1 + dice.below(3) as u16;
        let repair = Repair {
            defect: *dice.pick(&Defect::ALL),
            since: night,
            on: night.saturating_add(nights).min(self.options.faultless_from),
        };
        (repair.since < repair.on).then_some(repair)
    }
}

fn later(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}

fn not_sunday(date: NaiveDate) -> NaiveDate {
    if date.weekday() == Weekday::Sun { later(date, 1) } else { date }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generator(changes: f64, defects: f64) -> Generator {
        let options = GeneratorOptions {
            reservations: 1_000,
            new_per_night: 50,
            changes,
            defects,
            ..GeneratorOptions::default()
        };
        Generator::new(options, NaiveDate::from_ymd_opt(2026, 1, 6).unwrap())
    }

    #[test]
    fn the_same_options_give_the_same_nights() {
        let nights =
            |generator: Generator| (0..6).flat_map(|n| generator.events(n).collect::<Vec<_>>()).collect::<Vec<_>>();
        assert_eq!(nights(generator(0.17, 0.01)), nights(generator(0.17, 0.01)));
    }

    #[test]
    fn nights_book_and_change_as_many_as_asked_for() {
        let generator = generator(0.17, 0.0);
        assert_eq!(generator.events(0).count(), 1_000);
        let night: Vec<_> = generator.events(1).collect();
        assert_eq!(night.iter().filter(|(_, event)| *event == Event::Booked).count(), 50);
        assert!((120..220).contains(&(night.len() - 50)), "{}", night.len());
    }

    #[test]
    fn every_change_changes_the_content() {
        let generator = generator(0.5, 0.0);
        for night in 1..40 {
            for (key, event) in generator.events(night).filter(|(_, event)| *event != Event::Booked) {
                let before = generator.standing(StateKey { night: night - 1, ..key });
                assert_ne!(generator.standing(key), before, "{event:?} on night {night}");
            }
        }
    }

    #[test]
    fn dates_lie_within_the_horizon_and_on_no_sunday() {
        let generator = generator(0.5, 0.0);
        for night in 0..10 {
            for (key, event) in generator.events(night) {
                if matches!(event, Event::Cancelled | Event::Amended) {
                    continue;
                }
                let standing = generator.standing(key);
                let days = (standing.check_date - generator.date(night)).num_days();
                assert!((1..=i64::from(HORIZON_DAYS)).contains(&days), "{days}");
                assert_ne!(standing.check_date.weekday(), Weekday::Sun);
            }
        }
    }

    #[test]
    fn a_defect_is_corrected_within_three_nights() {
        let generator = generator(0.17, 0.05);
        let defective: Vec<_> =
            generator.events(0).filter(|(key, _)| generator.standing(*key).defect.is_some()).collect();
        assert!(!defective.is_empty());
        for (key, _) in defective {
            let corrected = (1..=3).find_map(|night| generator.trace(key.reservation, night).1);
            assert_eq!(corrected, Some(Event::Corrected { since: 0 }));
        }
    }

    #[test]
    fn from_some_night_on_nothing_has_a_defect() {
        let mut generator = generator(0.17, 0.2);
        generator.options.faultless_from = 2;
        for night in 0..4 {
            let is_defective = |(key, _): (StateKey, Event)| generator.standing(key).defect.is_some();
            assert_eq!(generator.events(night).any(is_defective), night < 2, "night {night}");
        }
    }

    #[test]
    fn serial_numbers_lead_back_to_their_reservation() {
        let generator = generator(0.0, 0.0);
        assert_eq!(generator.serial_number(123), "ZJ109-000123");
        assert_eq!(generator.find("ZJ109-000123", 0), Some(123));
        assert_eq!(generator.find("ZJ109-123", 0), None);
        assert_eq!(generator.find("ZJ109-001000", 0), None);
        assert_eq!(generator.find("ZJ109-001000", 1), Some(1_000));
    }

    #[test]
    fn packages_fit_the_sex() {
        let generator = generator(0.0, 0.0);
        for (key, _) in generator.events(0) {
            let package = &PACKAGES[usize::from(generator.standing(key).offer.package)];
            let sex = Person::sex_of(generator.options.seed, key.reservation);
            assert!(package.only_for.is_none_or(|only| only == sex));
        }
    }
}
