//! Fixed schedules by linear and mixed-integer programming: the timetable of the lines and the vehicle blocks.
