"""What was handed in: archives read safely, teams, regulations, and the folders that nbgrader expects."""
