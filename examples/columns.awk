#!/usr/bin/gawk -f
# A line service: answers with how many words a line has, and the sum of those that are numbers.
{
	sum = 0
	for (i = 1; i <= NF; i++) sum += $i
	print NF, sum
	fflush()
}
