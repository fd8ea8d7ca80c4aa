#!/usr/bin/perl
# A line service: answers each line backwards. What is no text is an error ("error-prefix = E:").
use strict;
use warnings;
$| = 1;    # else the answers stay in a buffer
while (my $line = <STDIN>) {
	chomp $line;
	print $line eq '' ? "E: nothing to turn round\n" : scalar(reverse $line) . "\n";
}
