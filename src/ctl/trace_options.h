/* The options of `trace`, in front of its command. */
#ifndef CTL_TRACE_OPTIONS_H
#define CTL_TRACE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ctl/words.h"

/* The most runs that one `trace` makes. */
#define TRACE_RUNS 10000

struct trace_format;

struct trace_options {
	const char *output; /* a file; NULL: standard output; borrowed */
	bool json;
	const struct trace_format *format; /* NULL: text, or JSON */
	int64_t repeat;                    /* so many runs; 0: one, and no table */
};

/* Reads them: gives how many words they are, 0 or more; -1 with ERR_PARAMS. */
int trace_options_read(const struct words *words, struct trace_options *options, struct error *err);

#endif
