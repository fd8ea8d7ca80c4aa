/*
 * What is on the screen of `top` and `tree --watch`, and what keys do to it. Draws by ncurses; asks
 * nobody.
 */
#ifndef CTL_SCREEN_DRAW_H
#define CTL_SCREEN_DRAW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "ctl/sample.h"
#include "ctl/top_options.h"

/* Why there is nothing new: as long as an error of libdtree, and a word. */
#define SCREEN_WHY 560
/* The pair of colours for what is not as it should be. */
#define SCREEN_RED 1

struct screen_view {
	bool top;                /* else the tree */
	char why[SCREEN_WHY];    /* "": it is as new as it can be */
	struct sample sample;    /* top */
	struct top_view order;   /* the same; its filter is the one below */
	char filter[TOP_FILTER]; /* the same */
	bool typing;             /* keys are for the filter */
	bool choosing;           /* keys are for the column to sort by */
	size_t chosen;           /* the selected row, from 0 */
	size_t first;            /* the first row that is shown */
	struct buffer tree;      /* its lines */
};

void screen_draw(struct screen_view *v);
/* true: the user leaves. */
bool screen_key(struct screen_view *v, int key);
void screen_free(struct screen_view *v);

#endif
