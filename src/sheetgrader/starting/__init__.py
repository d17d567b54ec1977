"""What a course or a sheet begins with: files that are written once, and the author's from then on."""
