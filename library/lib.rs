//! What ships as data: rules, classes, words, templates, journeys and the demo bank.
