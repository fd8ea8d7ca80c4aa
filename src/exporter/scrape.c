/* Owns the scrapes that wait for a sample. */
#include "exporter/scrape.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"

#define TEXT_FORM "text/plain; version=0.0.4; charset=utf-8"

struct scrape {
	struct scrapes *all; /* borrowed */
	struct exchange *e;  /* borrowed */
	bool nodes;          /* also of each node */
	struct scrape *prev; /* utlist */
	struct scrape *next;
};

static void scrape_free(struct scrape *scrape)
{
	DL_DELETE(scrape->all->list, scrape);
	free(scrape);
}

static void scrape_on_sample(void *arg, const struct sample *sample)
{
	struct scrape *scrape = arg;
	struct exchange *e = scrape->e;
	struct own_counts own = {0};
	struct buffer body = {0};

	scrape->all->own(scrape->all->arg, &own);
	metrics_write(&body, sample, &own, scrape->nodes);
	scrape_free(scrape);
	exchange_answer(e, 200, TEXT_FORM, &body);
}

void scrape_serve(struct scrapes *all, struct exchange *e)
{
	const char *nodes = exchange_param(e, "nodes");
	struct scrape *scrape;

	if (nodes && strcmp(nodes, "0") != 0 && strcmp(nodes, "1") != 0) {
		exchange_refuse(e, 400, "nodes is 0 or 1");
		return;
	}
	scrape = mem_new(sizeof *scrape);
	scrape->all = all;
	scrape->e = e;
	scrape->nodes = nodes && *nodes == '1';
	DL_APPEND(all->list, scrape);
	exchange_wait(e);
	gather_ask(all->gather, scrape_on_sample, scrape);
}

void scrape_gone(struct scrapes *all, const struct exchange *e)
{
	struct scrape *scrape;
	struct scrape *next;

	DL_FOREACH_SAFE (all->list, scrape, next) {
		if (scrape->e != e)
			continue;
		gather_forget(all->gather, scrape);
		scrape_free(scrape);
	}
}

void scrape_close_all(struct scrapes *all)
{
	while (all->list) {
		struct scrape *scrape = all->list;
		struct exchange *e = scrape->e;
		gather_forget(all->gather, scrape);
		scrape_free(scrape);
		exchange_close(e);
	}
}
