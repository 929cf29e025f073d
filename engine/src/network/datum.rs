//! GCJ-02, the shifted datum of Chinese map apps, to and from WGS-84.
