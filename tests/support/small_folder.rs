//! A scenario folder small enough to break on purpose: two villages, a market, a school, one line, one of everything.

use std::fs;
use std::path::Path;

/// File and contents; the first line of a table is line 1.
pub const FILES: &[(&str, &str)] = &[
    (
        "scenario.toml",
        "name = \"Small Valley\"
name_zh = \"小谷\"
area_id = \"small\"
demonstration_date = \"2026-11-25\"
holiday_years = [2026]

[policy]
version = \"small-1\"

[policy.walking]
limit_m = 1500
",
    ),
    (
        "townships.csv",
        "township_id,name,name_zh,kind,latitude,longitude,part_of
T1,Valley Town,谷镇,township,31.000,108.000,
T2,Upper Branch,上分镇,sub_centre,31.000,108.030,T1
",
    ),
    (
        "villages.csv",
        "village_id,name,name_zh,township_id,latitude,longitude,population
V1,Near Village,近村,T1,31.001,108.010,800
V2,Far Village,远村,T2,31.001,108.030,500
",
    ),
    (
        "facilities.csv",
        "facility_id,name,name_zh,kind,latitude,longitude
H1,Hospital,卫生院,township_hospital,31.001,108.001
",
    ),
    (
        "roads/nodes.csv",
        "node_id,latitude,longitude
N1,31.000,108.000
N2,31.000,108.010
N3,31.000,108.020
N4,31.000,108.030
",
    ),
    (
        "roads/edges.csv",
        "from_node,to_node,length_m,speed_km_h,class,oneway,unfit_at_night
N1,N2,1000,40,county,false,false
N2,N3,1000,40,county,false,false
N3,N4,1100,20,village,false,true
",
    ),
    (
        "schools.csv",
        "school_id,name,name_zh,latitude,longitude,bell_start,bell_end,has_boarders,customized_runs,bell_shift_min
SC1,Valley School,谷校,31.001,108.000,08:10,16:30,false,true,10
",
    ),
    (
        "students.csv",
        "village_id,school_id,boards,students
V1,SC1,false,5
V2,SC1,false,9
",
    ),
    (
        "student_runs.csv",
        "student_run_id,school_id,direction,vehicle_id
R1,SC1,to_school,X1
R2,SC1,from_school,X1
",
    ),
    (
        "student_run_calls.csv",
        "student_run_id,sequence,place_id,time,enrolled
R1,1,V2,07:30,9
R1,2,V1,07:40,5
R1,3,SC1,07:55,0
R2,1,SC1,16:40,0
R2,2,V1,16:50,5
R2,3,V2,17:00,9
",
    ),
    (
        "markets.csv",
        "market_id,name,name_zh,latitude,longitude,cycle,opens,closes
M1,Valley Market,谷场,31.001,108.000,solar:1-4-7,06:30,13:00
",
    ),
    (
        "market_exceptions.csv",
        "market_id,from,until,held
M1,2026-02-16,2026-02-20,false
",
    ),
    (
        "market_goers.csv",
        "market_id,village_id,people,luggage_in,luggage_home
M1,V2,6,3,5
",
    ),
    (
        "holidays.csv",
        "date,kind,name
2026-01-01,holiday,New Year
2026-01-04,make_up_workday,New Year
",
    ),
    (
        "school_terms.csv",
        "name,from,until
autumn,2026-09-01,2026-12-31
",
    ),
    (
        "vehicle_types.csv",
        "vehicle_type_id,name,name_zh,approved_seats,passenger_seats,wheelchair_places,luggage_units,freight_kg,\
freight_litres,cost_per_km_fen,cost_per_day_fen,cost_per_hour_fen,licensed_school_bus
BUS,Bus,客车,19,18,0,10,200,1000,250,20000,3000,false
VAN,Van,面包车,7,6,1,6,300,1500,120,8000,3000,false
SCH,School bus,校车,20,19,0,0,0,0,200,15000,3000,true
",
    ),
    (
        "vehicles.csv",
        "vehicle_id,vehicle_type_id,depot_id,products
B1,BUS,D1,line
K1,VAN,D1,market ride freight
X1,SCH,D1,student
",
    ),
    (
        "depots.csv",
        "depot_id,name,name_zh,latitude,longitude
D1,Depot,车场,31.000,108.000
",
    ),
    (
        "drivers.csv",
        "driver_id,depot_id
P1,D1
P2,D1
P3,D1
",
    ),
    (
        "shifts.csv",
        "driver_id,vehicle_id,starts,ends
P1,K1,06:00,10:00
P1,K1,10:30,13:30
P2,K1,13:30,17:30
P3,X1,07:00,09:00
P3,X1,16:00,18:00
",
    ),
    (
        "consignments.csv",
        "consignment_id,from_place_id,to_place_id,kg,litres,ready,due,perishable,days
C1,D1,V2,12,40,07:30,12:00,false,workday
C2,V1,M1,30,90,06:30,11:00,true,market:M1
",
    ),
    (
        "line_demand.csv",
        "route_id,direction_id,from_stop_id,to_stop_id,days,wanted_boarding,passengers
L1,0,S1,S3,every,08:00,4
L1,1,S3,S1,market:M1,07:30,6
",
    ),
    (
        "line_transfers.csv",
        "transfer_id,from_route_id,from_direction_id,from_stop_id,to_route_id,to_direction_id,to_stop_id,days,\
wanted_arrival,passengers
",
    ),
    ("line_vehicle_types.csv", "route_id,vehicle_type_id\nL1,BUS\n"),
    (
        "gtfs/agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone
A1,Valley Bus,https://example.org/,Asia/Shanghai
",
    ),
    (
        "gtfs/stops.txt",
        "stop_id,stop_name,stop_lat,stop_lon
S1,谷镇,31.000,108.000
S2,近村,31.000,108.010
S3,远村,31.000,108.030
",
    ),
    (
        "gtfs/routes.txt",
        "route_id,agency_id,route_short_name,route_long_name,route_type
L1,A1,1,谷镇—远村,3
",
    ),
    (
        "gtfs/trips.txt",
        "trip_id,route_id,service_id,direction_id
T-out,L1,daily,0
T-in,L1,daily,1
",
    ),
    (
        "gtfs/stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence
T-out,08:00:00,08:00:00,S1,1
T-out,08:03:00,08:03:00,S2,2
T-out,08:09:00,08:09:00,S3,3
T-in,07:30:00,07:30:00,S3,1
T-in,07:36:00,07:36:00,S2,2
T-in,07:40:00,07:40:00,S1,3
",
    ),
    (
        "gtfs/calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
daily,1,1,1,1,1,1,1,20000101,20991231
",
    ),
];

/// Writes the folder, which loads without a problem.
pub fn write_to(folder: &Path) {
    for &(name, text) in FILES {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a new folder");
        fs::write(path, text).expect("a new file");
    }
}
