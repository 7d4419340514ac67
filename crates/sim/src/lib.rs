//! The whole loop under virtual time with a faulty journal and faulty carriers, by seed.
