"""What people mark by: rubrics and the marks that follow from them; trusted."""
