/* The words behind `top`. */
#ifndef CTL_TOP_OPTIONS_H
#define CTL_TOP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "ctl/top_table.h"
#include "ctl/verbs.h"

/* The longest filter, and its NUL. */
#define TOP_FILTER 64

struct top_options {
	bool batch;
	bool json;
	int64_t delay_ms; /* between two samples */
	enum top_column sort;
	char filter[TOP_FILTER];
};

/* 0; -1 with ERR_PARAMS; 1: a word is none of them. */
int top_options_read(const struct words *args, struct top_options *o, struct error *err);

int arguments_top(const struct words *args, struct order *order, struct error *err);

#endif
