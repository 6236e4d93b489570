"""Protocols and measures: revisited Oxford and Paris, Google Landmarks, ukbench and your own folders."""
