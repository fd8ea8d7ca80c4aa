/*
 * How far an exec has come, as one line on standard error. Invariants: while it is on the screen,
 * nothing stands behind it, and the cursor is in its row; it is drawn at most every
 * PROGRESS_PAUSE_MS, the newest last.
 */
#ifndef CTL_PROGRESS_H
#define CTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "dtree/client.h"

#define PROGRESS_PAUSE_MS 100

/* Zero-initialise: nothing is shown. */
struct progress {
	bool on;            /* it may be shown */
	bool held;          /* the row has another use now */
	bool shown;         /* it is on the screen */
	bool waits;         /* `line` is not drawn yet */
	int64_t next_ms;    /* not before this clock_ms() */
	struct buffer line; /* the newest */
};

/* It may be shown where standard error is a terminal that can erase a line, and people read. */
void progress_open(struct progress *p, bool json);
void progress_close(struct progress *p);

/* A dtree_progress_fn; its arg is a struct progress. */
void progress_show(void *progress, const struct dtree_progress *at);
/* Erases it: the exec is over. */
void progress_end(struct progress *p);
/* Erases it before something else is printed; it is drawn again later. */
void progress_hide(struct progress *p);
/* Erases it, and shows nothing as long as it is held. */
void progress_hold(struct progress *p, bool held);

/* How long to wait, at most wait_ms (-1: for ever), until the line may be drawn. */
int progress_wait(const struct progress *p, int wait_ms);
/* Draws the line if it waits and its time has come. */
void progress_draw(struct progress *p);

/*
 * The line, of at most so many columns: "[=====     ]  50% TEXT", on less than PROGRESS_BAR_FROM
 * columns " 50% TEXT"; without a total "3 TEXT". What is not printable in the text is escaped; what
 * is too long ends in "...". Pure.
 */
#define PROGRESS_BAR_FROM 40
void progress_line(struct buffer *line, const struct dtree_progress *at, size_t columns);

#endif
