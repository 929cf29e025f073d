//! How large a generated area is: the figures of the county report, and the reference size where it gives none.

/// The figures of a generated area.
pub(super) struct Blueprint {
    pub(super) area_id: &'static str,
    /// After the name of the first seat.
    pub(super) name_suffix: (&'static str, &'static str),
    /// Half axes of the border in metres.
    pub(super) half_axes_m: (f64, f64),
    /// Seats of townships, the county town and sub-centre towns among them.
    pub(super) townships: usize,
    pub(super) has_county_town: bool,
    pub(super) sub_centre_towns: usize,
    /// At seats of abolished townships.
    pub(super) sub_centres: usize,
    pub(super) villages: usize,
    pub(super) residents: i64,
    pub(super) hospitals: usize,
    pub(super) sub_centre_hospitals: usize,
    pub(super) elderly_centres: usize,
    pub(super) lines: usize,
    pub(super) line_buses: usize,
    /// Depots where line buses sleep.
    pub(super) line_depots: usize,
    /// Township stations where only booked vehicles sleep.
    pub(super) booked_depots: usize,
    pub(super) booked_vehicles: usize,
    /// Licensed school buses.
    pub(super) student_buses: usize,
    /// Operating buses for the customized student runs of the pilot town.
    pub(super) customized_buses: usize,
    pub(super) vans: usize,
    pub(super) consignments: usize,
    /// Passengers of the lines on a school day with the markets of the demonstration date.
    pub(super) line_boardings: i64,
    pub(super) students: i64,
    /// Students of the pilot town, within the total; 0 where the whole area is the pilot town.
    pub(super) pilot_students: i64,
    /// Fewest and most stops of a line.
    pub(super) stops_per_line: (usize, usize),
    /// Street corners of a county town, a sub-centre town, a township, a sub-centre.
    pub(super) street_corners: [usize; 4],
    /// Extra roads over passes between seats, and village roads that close loops.
    pub(super) links: [usize; 2],
}

/// The county of the report.
pub(super) const COUNTY: Blueprint = Blueprint {
    area_id: "county",
    name_suffix: (" County", "县"),
    half_axes_m: (30_500.0, 26_000.0),
    townships: 33,
    has_county_town: true,
    sub_centre_towns: 2,
    sub_centres: 11,
    villages: 462,
    residents: 600_000,
    hospitals: 32,
    sub_centre_hospitals: 4,
    elderly_centres: 33,
    lines: 13,
    line_buses: 80,
    line_depots: 4,
    booked_depots: 14,
    booked_vehicles: 60,
    student_buses: 18,
    customized_buses: 12,
    vans: 8,
    consignments: 300,
    line_boardings: 10_000,
    students: 12_000,
    pilot_students: 1_740,
    stops_per_line: (20, 40),
    street_corners: [36, 16, 8, 4],
    links: [12, 60],
};

/// The pilot town: one township with its town, its villages and the students of its schools.
pub(super) const PILOT_TOWN: Blueprint = Blueprint {
    area_id: "pilot-town",
    name_suffix: (" Town", "镇"),
    half_axes_m: (6_400.0, 5_600.0),
    townships: 1,
    has_county_town: false,
    sub_centre_towns: 0,
    sub_centres: 1,
    villages: 20,
    residents: 32_000,
    hospitals: 1,
    sub_centre_hospitals: 0,
    elderly_centres: 1,
    lines: 2,
    line_buses: 5,
    line_depots: 1,
    booked_depots: 1,
    booked_vehicles: 8,
    student_buses: 3,
    customized_buses: 12,
    vans: 2,
    consignments: 40,
    line_boardings: 600,
    students: 1_740,
    pilot_students: 0,
    stops_per_line: (6, 16),
    street_corners: [0, 0, 16, 5],
    links: [1, 4],
};
