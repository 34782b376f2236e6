"""Instructors' tools: assignments in variants, grading that students' code cannot reach, a report.

Everything here needs the `classroom` extra (nbgrader, dask) except the questions themselves.
Students' notebooks are graded without this folder in their reach.
"""
