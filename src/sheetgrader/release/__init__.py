"""From the instructor's notebook to the students' skeleton, and all that is checked on the way."""
