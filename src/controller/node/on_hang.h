/* What is done about a node that hangs, as words. Pure. */
#ifndef CONTROLLER_NODE_ON_HANG_H
#define CONTROLLER_NODE_ON_HANG_H

#include <stddef.h>

#include "base/error.h"

enum on_hang {
	ON_HANG_UNSET,   /* what the tree does */
	ON_HANG_REPORT,  /* it is told, as any outage */
	ON_HANG_RESTART, /* its process is killed, and the next one started */
};

/* "report", "restart": 0, or -1 with ERR_PARAMS that names the word. */
int on_hang_parse(const char *name, enum on_hang *on_hang, struct error *err);
/* The words by number; NULL past the last: a choice_fn. */
const char *on_hang_name_at(size_t i);
/* Static storage; NULL of ON_HANG_UNSET. */
const char *on_hang_name(enum on_hang on_hang);

#endif
