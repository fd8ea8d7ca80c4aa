/* What the files of overlay share, and no others. */
#ifndef CONTROLLER_OVERLAY_INTERNAL_H
#define CONTROLLER_OVERLAY_INTERNAL_H

#include "controller/overlay/handlers.h"
#include "controller/overlay/overlay.h"

struct overlay {
	const struct overlay_handlers *handlers; /* static */
	struct link_form *form;                  /* link_form.c */
	char *endpoint;                          /* where the children of the controller connect */
	struct node *top;                        /* kids of the controller itself, by links */
	int64_t since;                           /* clock_ms(): it began */
	int64_t heartbeat_ms;                    /* the tree's interval; 0: off */
	bool files_failing;                      /* of links, cannot be made: that was told */

	/* Each belongs to the file that is named, and its struct is defined there. */
	struct liveness *liveness;         /* liveness.c */
	struct hangs *hangs;               /* hang.c */
	struct moves *moves;               /* rehome.h */
	struct orphans *orphans;           /* orphan.c */
	struct steady *steady;             /* steady.c */
	struct reload_words *reload_words; /* reload_word.c */
};

#endif
