//! System tests: a real server on a random port, one file per scenario, named as a sentence.
