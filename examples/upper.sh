#!/bin/sh
# A line service: answers each line with the same in capital letters.
while IFS= read -r line; do
	printf '%s\n' "$line" | tr '[:lower:]' '[:upper:]'
done
