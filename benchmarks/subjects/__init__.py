"""What is measured, a module for each part of the table.

`figures(server, options)` measures on one database and returns the figures by the table's names.
"""
