"""The report of a class: static pages for tutors and instructors, complete in themselves."""
