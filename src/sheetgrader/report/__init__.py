"""Pages for students and tutors."""
