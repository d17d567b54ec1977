"""What authors of graders import: criteria, the student's proxy, comparisons, failures in words."""
