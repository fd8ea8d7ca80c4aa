/* A reload of a thousand declared nodes, of which one changed, beside one where nothing did. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "dtree.h"
#include "process.h"
#include "stage.h"

#define NODES 1000

struct reload {
	struct dtree dtree;
	char *config;
	bool always; /* the policy of the last node */
};

static int reload_declare(const struct reload *reload, struct error *err)
{
	FILE *file = fopen(reload->config, "we");

	for (int id = 1; file && id <= NODES; id++)
		fprintf(file, "[node %d]\nrestart = %s\n\n", id,
		        id == NODES && reload->always ? "always" : "no");
	if (!file || fclose(file))
		return error_set(err, ERR_INTERNAL, "%s: %s", reload->config, strerror(errno));
	return 0;
}

/* With this in the reply. */
static int reload_ask(struct reload *reload, const char *wanted, struct samples *s,
                      struct error *err)
{
	long long began = process_clock();

	if (dtree_send(&reload->dtree, err,
	               "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"reload\"}\n") ||
	    dtree_expect(&reload->dtree, wanted, err))
		return -1;
	samples_add(s, (double)(process_clock() - began) / 1e6);
	return 0;
}

/* What is declared is created as after a start, by the first reload. */
static int reload_open(void *stage, bool floor_only, struct error *err)
{
	struct reload *reload = stage;
	struct samples first = {0};
	cleanup_free char *option = NULL;
	int rc;

	reload->dtree = DTREE_CLOSED;
	reload->config = mem_format("%s/reload.conf", process_directory());
	option = mem_format("--config=%s", reload->config);
	if (floor_only)
		return 0;
	rc = reload_declare(reload, err) ||
	             dtree_open(&reload->dtree, "reload",
	                        (const char *const[]){option, "--topology=balanced", NULL}, err) ||
	             reload_ask(reload, "\"failed\":0", &first, err)
	         ? -1
	         : 0;
	samples_free(&first);
	return rc;
}

static void reload_close(void *stage)
{
	struct reload *reload = stage;

	dtree_close(&reload->dtree);
	free(reload->config);
}

static int reload_changed(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	struct reload *reload = stage;

	(void)row;
	reload->always = !reload->always;
	if (reload_declare(reload, err))
		return -1;
	return reload_ask(reload, "\"nodes\":[{\"id\":1000,\"what\":\"change\"", s, err);
}

static int reload_unchanged(void *stage, const struct row *row, struct samples *s,
                            struct error *err)
{
	struct reload *reload = stage;

	(void)row;
	return reload_ask(reload, "\"nodes\":[]", s, err);
}

static const struct row rows[] = {
    {"reload of 1000 declared nodes, one changed",
     UNIT_MS,
     reload_changed,
     reload_unchanged,
     {{GOAL_MOST, 50}},
     .full = 40,
     .warm = 2},
};

const struct stage stage_reload = {
    .beside = "none changed",
    .size = sizeof(struct reload),
    .open = reload_open,
    .close = reload_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
