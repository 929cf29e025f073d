//! Checks vehicle schedules of public multi-depot instances, from the matrix of the instance file alone.

/// An instance as its file gives it: depots `0..m`, trips `m..m + n`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixInstance {
    /// By depot: how many vehicles it has.
    pub vehicles: Vec<u64>,
    /// By node, by node after it; negative: impossible.
    pub costs: Vec<Vec<i64>>,
}

impl MatrixInstance {
    /// What routes cost that begin with their depot and return to it; their nodes exist.
    pub fn total_cost(&self, routes: &[Vec<usize>]) -> i64 {
        let back_home = |route: &Vec<usize>| -> i64 {
            let mut cost = 0;
            for (index, &node) in route.iter().enumerate() {
                cost += self.costs[node][route[(index + 1) % route.len()]];
            }
            cost
        };
        routes.iter().map(back_home).sum()
    }

    /// Everything that is wrong with routes `[depot, trip, …]`, in plain words; empty when they are a solution.
    pub fn violations(&self, routes: &[Vec<usize>]) -> Vec<String> {
        let (depots, nodes) = (self.vehicles.len(), self.costs.len());
        let mut found = Vec::new();
        for (number, route) in (1..).zip(routes) {
            if route.first().is_none_or(|&depot| depot >= depots) {
                found.push(format!(
                    "route {number}: begins with no depot; depots are 0 to {}",
                    depots.saturating_sub(1)
                ));
            } else if route.len() == 1 {
                found.push(format!("route {number}: has no trip"));
            }
            for node in route.iter().skip(1).filter(|&&node| node < depots || node >= nodes) {
                found.push(format!("route {number}: node {node} is no trip of the instance"));
            }
        }
        if !found.is_empty() {
            return found;
        }
        for trip in depots..nodes {
            match routes.iter().flatten().filter(|&&node| node == trip).count() {
                1 => {}
                0 => found.push(format!("trip {trip} is not worked")),
                times => found.push(format!("trip {trip} is worked {times} times")),
            }
        }
        for (depot, &vehicles) in self.vehicles.iter().enumerate() {
            let used = routes.iter().filter(|route| route[0] == depot).count();
            if used as u64 > vehicles {
                found.push(format!("depot {depot}: {used} routes, but only {vehicles} vehicles"));
            }
        }
        for (number, route) in (1..).zip(routes) {
            let ends = route.iter().skip(1).chain(&route[..1]);
            for (from, to) in route.iter().zip(ends).filter(|&(&from, &to)| self.costs[from][to] < 0) {
                found.push(format!("route {number}: from {from} to {to} is impossible"));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two depots with one vehicle each; trip 3 can follow trip 2, and trip 4 only depot 1.
    fn instance() -> MatrixInstance {
        let costs = vec![
            vec![-1, -1, 10, 11, -1],
            vec![-1, -1, 20, 21, 22],
            vec![5, 6, -1, 1, -1],
            vec![7, 8, -1, -1, -1],
            vec![-1, 9, -1, -1, -1],
        ];
        MatrixInstance { vehicles: vec![1, 1], costs }
    }

    fn check(routes: &[&[usize]], expected: &[&str]) {
        let routes: Vec<Vec<usize>> = routes.iter().map(|route| route.to_vec()).collect();
        assert_eq!(instance().violations(&routes), expected, "{routes:?}");
    }

    #[test]
    fn every_trip_is_worked_once_by_vehicles_that_are_there() {
        check(&[&[0, 2, 3], &[1, 4]], &[]);
        check(&[&[0, 2, 3]], &["trip 4 is not worked"]);
        check(&[&[0, 2, 3], &[1, 4, 4]], &["trip 4 is worked 2 times", "route 2: from 4 to 4 is impossible"]);
        check(&[&[0, 2], &[0, 3], &[1, 4]], &["depot 0: 2 routes, but only 1 vehicles"]);
        check(&[&[0, 3, 2], &[1, 4]], &["route 1: from 3 to 2 is impossible"]);
        let [out, home] = ["route 1: from 0 to 4 is impossible", "route 1: from 4 to 0 is impossible"];
        check(&[&[0, 4], &[1, 2, 3]], &[out, home]);
    }

    #[test]
    fn routes_that_make_no_sense_are_named() {
        check(&[&[], &[1, 4]], &["route 1: begins with no depot; depots are 0 to 1"]);
        check(&[&[2, 3]], &["route 1: begins with no depot; depots are 0 to 1"]);
        check(
            &[&[0], &[1, 1, 9]],
            &[
                "route 1: has no trip",
                "route 2: node 1 is no trip of the instance",
                "route 2: node 9 is no trip of the instance",
            ],
        );
    }

    #[test]
    fn a_route_costs_its_way_home_too() {
        assert_eq!(instance().total_cost(&[vec![0, 2, 3], vec![1, 4]]), 10 + 1 + 7 + 22 + 9);
    }
}
