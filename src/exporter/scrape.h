/* /metrics: the answer to a scrape. */
#ifndef EXPORTER_SCRAPE_H
#define EXPORTER_SCRAPE_H

#include "exporter/gather.h"
#include "exporter/metric_rows.h"
#include "exporter/server.h"

/* Takes one exchange; `own` fills what the exporter says of itself. */
struct scrapes {
	struct gather *gather; /* borrowed */
	void (*own)(void *arg, struct own_counts *own);
	void *arg; /* borrowed */
	struct scrape *list;
};

void scrape_serve(struct scrapes *all, struct exchange *e);
/* The exchange is gone: what waits for it is forgotten. */
void scrape_gone(struct scrapes *all, const struct exchange *e);
/* Ends all that wait, without an answer. */
void scrape_close_all(struct scrapes *all);

#endif
