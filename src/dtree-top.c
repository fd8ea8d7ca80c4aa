/*
 * dtree-top: dtreectl executes it for `top` and `tree --watch`, with the same command line, which
 * dtreectl has checked. To the user it is dtreectl. Links ncurses, where it was there.
 *
 * main owns the output and, without a screen, the connection.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/inherit.h"
#include "base/mem.h"
#include "ctl/once.h"
#include "ctl/options.h"
#include "ctl/reach.h"
#include "ctl/screen.h"
#include "ctl/session.h"
#include "ctl/top_batch.h"

static int dtree_top_fail(const struct options *o, const struct dtree_error *err)
{
	complain(o->json, err->code, err->text);
	return err->code == DTREE_TIMEOUT || err->code == DTREE_BUSY ? STATUS_LATE
	       : err->code == DTREE_LOST || err->code == DTREE_NO_DAEMON ||
	               err->code == DTREE_UNREACHABLE
	           ? STATUS_NO_DAEMON
	           : STATUS_REFUSED;
}

static int dtree_top_batch(const struct options *o, const struct top_options *top, const char *path)
{
	struct output out;
	struct dtree_error err;
	struct dtree_client *client =
	    reach(path, o->timeout_ms ? o->timeout_ms : ONCE_TIMEOUT_MS, -1, &err);
	int status = STATUS_OK;

	if (!client)
		return dtree_top_fail(o, &err);
	output_open(&out, STDOUT_FILENO, o->json || top->json, o->color);
	if (top_batch(client, top, &out, &err))
		status = dtree_top_fail(o, &err);
	dtree_client_free(client);
	if (!output_close(&out) && status == STATUS_OK)
		status = STATUS_REFUSED;
	return status;
}

int main(int argc, char **argv)
{
	struct options o = {.color = COLOR_AUTO};
	cleanup_free char *path = NULL;
	struct top_options top;
	struct words words;
	struct error err;
	int status;
	int rc;

	inherit_reset(INHERIT_COMMAND);
	status = options_read(argc, argv, &o);
	if (status >= 0)
		return status;
	if (optind == argc)
		return usage_error(&o, "dtree-top is started by dtreectl");
	path = o.socket ? mem_string(o.socket) : dtree_socket_path();
	if (strcmp(argv[optind], "tree") == 0)
		return screen_run(path, NULL);
	words_from_argv(argv + optind + 1, (size_t)(argc - optind - 1), &words);
	rc = top_options_read(&words, &top, &err);
	words_free(&words);
	if (rc)
		return usage_error(&o, rc > 0 ? "dtree-top is started by dtreectl" : err.text);
	o.json |= top.json;
	return top.batch || o.json ? dtree_top_batch(&o, &top, path) : screen_run(path, &top);
}
