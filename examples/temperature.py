#!/usr/bin/python3 -u
"""A line service: turns degrees Fahrenheit into degrees Celsius."""
import sys

for line in sys.stdin:
    try:
        print(round((float(line) - 32) / 1.8, 1))
    except ValueError:
        print("E: not a number:", line.strip())
