/*
 * Times within times: who of them the whole waited for. Pure.
 *
 * Each instant belongs to the innermost interval that was under way. Where several within one
 * interval were, it belongs to the one at whose end the next of them began that was waited for, as
 * a link leads to a node; else to the one that ended last: nothing could go on before that.
 */
#ifndef BASE_INTERVALS_H
#define BASE_INTERVALS_H

#include <stddef.h>
#include <stdint.h>

#define INTERVAL_TOP SIZE_MAX

struct interval {
	int64_t begin;
	int64_t end;
	size_t parent; /* an index below its own; INTERVAL_TOP: none */
	int64_t own;   /* what belongs to it */
};

/* Fills `own`. The intervals are in order of their begin, a parent before and around its children.
 * Gives what belongs to none. All of it adds up to the time from the first begin to the last end.
 */
int64_t intervals_account(struct interval *all, size_t count);

#endif
